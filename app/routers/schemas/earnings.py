"""Earnings and session leaderboards on the wire."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StrictInt

from app.aggregations.earnings import Category
from app.kit.ids import ObjectIdText
from app.routers.schemas.livestream import LARGEST_COUNT, LATEST_MILLIS, Body, Text

MOST_EVENTS = 1_000


class EarningIn(Body):
    """Diamonds that a viewer gave in a session."""

    event_id: Annotated[Text, Field(min_length=1, max_length=128)] = Field(
        description="the sender's name for this event: the same is counted once, for ever"
    )
    streamer_id: ObjectIdText
    session_id: ObjectIdText
    viewer_id: ObjectIdText
    category: Category = Field(description="a karaoke or show gift counts under gifts too")
    diamonds: Annotated[StrictInt, Field(ge=1, le=LARGEST_COUNT)]
    time: Annotated[StrictInt, Field(ge=0, le=LATEST_MILLIS)] | None = Field(
        None, description="unix milliseconds; absent: now"
    )


class EarningsIn(Body):
    """Events that are counted together."""

    events: Annotated[list[EarningIn], Field(min_length=1, max_length=MOST_EVENTS)]


class RecordedOut(BaseModel):
    """What has become of the events."""

    applied: int
    duplicate: int = Field(description="counted before, or named twice in the request")


class SummaryOut(BaseModel):
    """A viewer's diamonds by category; what was not asked for is 0."""

    model_config = ConfigDict(serialize_by_alias=True)

    gifts: int = Field(alias="total.diamonds.gifts", description="without karaoke and show")
    views: int = Field(alias="total.diamonds.views", description="with chat")
    karaoke: int = Field(alias="total.diamonds.karaoke")
    chat: int = Field(alias="total.diamonds.chat")
    show: int = Field(alias="total.diamonds.show")
    exclusive: int = Field(alias="total.diamonds.exclusive")


class LeaderboardLineOut(BaseModel):
    """A viewer's line."""

    id: str = Field(description="the viewer")
    total: int = Field(description="views, gifts, chat and exclusive, of those asked for")
    summary: SummaryOut


class LeaderboardPlaceOut(LeaderboardLineOut):
    """Where a viewer stands."""

    rank: int | None = Field(
        description="1 + the number of viewers with more; null for who has given nothing"
    )
    diamonds_to_next: int | None = Field(description="missing to the next higher total; null at the top")
