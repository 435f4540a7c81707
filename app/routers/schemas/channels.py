"""Channels on the wire."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from app.livestream.rules.channel_names import CHANNEL_PATTERN

SOCKET_ID_PATTERN = r"^[0-9]{1,20}\.[0-9]{1,20}$"

ChannelName = Annotated[str, StringConstraints(strict=True, pattern=CHANNEL_PATTERN)]
SocketId = Annotated[str, StringConstraints(strict=True, pattern=SOCKET_ID_PATTERN)]


class PusherAuthIn(BaseModel):
    """A subscription that a Pusher client wants to have signed."""

    model_config = ConfigDict(strict=True)

    socket_id: SocketId = Field(examples=["1234.5678"])
    channel_name: ChannelName = Field(examples=["feed@user_livestream-global"])


class PusherAuthOut(BaseModel):
    """What the client shows the Pusher server."""

    auth: str = Field(description="the application's key and the signature")
    channel_data: str | None = Field(
        None, description="on a presence channel: who the subscriber is, `{user_id}` as JSON, signed as well"
    )
