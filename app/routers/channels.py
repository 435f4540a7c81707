"""Channels: events as they come, and signatures for those who hear them from a Pusher server."""

from typing import Annotated, Any
from urllib.parse import parse_qsl

from fastapi import APIRouter, Path, Query, Request
from pydantic import ValidationError

from app.clients.pusher import NoPusher
from app.kit.strict_json import MalformedJson, decode
from app.livestream.errors import ChannelForbidden
from app.livestream.rules.channel_names import (
    CHANNEL_PATTERN,
    Channel,
    ChannelKind,
    read_channel,
)
from app.livestream.rules.groupings import FEED_ALIAS_PATTERN
from app.livestream.subscriptions import require_subscriber
from app.routers.auth import PUBLIC, PlayerCaller, acting_account
from app.routers.dependencies import AccountIdText, Now, Opened
from app.routers.errors import BadRequest, invalid_body
from app.routers.event_streams import LASTS_S, STREAM, EventStream, LastEventId, lasts_s
from app.routers.refusals import refusals
from app.routers.schemas.channels import PusherAuthIn, PusherAuthOut
from app.routers.strict import StrictRoute
from app.streams.errors import ChannelsAway, TooManySubscribers

FORM = "application/x-www-form-urlencoded"
MOST_FIELDS = 20

router = APIRouter(tags=["channels"], route_class=StrictRoute)

ActingFor = Annotated[AccountIdText | None, Query(description="for whom, with a service token")]

_SCHEMA = PusherAuthIn.model_json_schema()
_EITHER_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {FORM: {"schema": _SCHEMA}, "application/json": {"schema": _SCHEMA}},
    }
}


@router.get(
    "/channels/feed@{alias}/events",
    status_code=200,
    response_class=EventStream,
    responses=STREAM | refusals(ChannelsAway, TooManySubscribers),
    openapi_extra=PUBLIC,
)
async def hear_feed(
    resources: Opened,
    alias: Annotated[str, Path(pattern=FEED_ALIAS_PATTERN, examples=["user_livestream-global"])],
    last_event_id: LastEventId = None,
) -> EventStream:
    """Events of a feed, as server-sent events: `updated` each time it has been built.

    As on all channels, the first event is `subscribed`; a `reset` says that events were missed which are no
    longer kept. The stream ends after a quarter of an hour: come back with Last-Event-ID.
    """
    channel = Channel(ChannelKind.FEED, alias)
    subscription = await resources.livestream.channels.subscribe(channel, after=last_event_id)
    return EventStream(subscription, lasts_s=LASTS_S)


@router.get(
    "/channels/{channel}/events",
    status_code=200,
    response_class=EventStream,
    responses=STREAM | refusals(ChannelForbidden, ChannelsAway, TooManySubscribers),
)
async def hear_channel(  # one argument per parameter
    caller: PlayerCaller,
    resources: Opened,
    now: Now,
    channel: Annotated[
        str, Path(pattern=CHANNEL_PATTERN, examples=["private-user@62e841925030343c6079e78d"])
    ],
    last_event_id: LastEventId = None,
    account_id: ActingFor = None,
) -> EventStream:
    """Events of a channel, as server-sent events.

    `presence-session@ID` is for any account while the session is active and for an hour after it,
    `private-user@ID` and `private-enc-user@ID` for that user, `private-stream@ID` and
    `private-enc-stream@ID` for that streamer and who watches the stream in sd.
    """
    heard = read_channel(channel)
    await require_subscriber(heard, acting_account(caller, account_id), now=now)
    subscription = await resources.livestream.channels.subscribe(heard, after=last_event_id)
    return EventStream(subscription, lasts_s=lasts_s(caller.expires_at, now))


@router.post(
    "/pusher/auth",
    responses=refusals(ChannelForbidden, NoPusher),
    response_model_exclude_none=True,
    openapi_extra=_EITHER_BODY,
)
async def authorize_subscription(
    caller: PlayerCaller, resources: Opened, now: Now, request: Request, account_id: ActingFor = None
) -> PusherAuthOut:
    """Sign a subscription for a Pusher client. Takes a form, as pusher-js sends it, or JSON."""
    account = acting_account(caller, account_id)
    wanted = await _read_wanted(request)
    channel = read_channel(wanted.channel_name)
    await require_subscriber(channel, account, now=now)
    member = {"user_id": account} if channel.kind is ChannelKind.SESSION else None
    signed = resources.livestream.pusher.authenticate(channel.name, wanted.socket_id, member=member)
    return PusherAuthOut(**signed)


async def _read_wanted(request: Request) -> PusherAuthIn:
    body = await request.body()
    if not body:
        raise MalformedJson("The body is empty.")
    is_form = request.headers.get("content-type", "").lower().startswith(FORM)
    try:
        return PusherAuthIn.model_validate(_read_form(body) if is_form else decode(body))
    except ValidationError as error:
        raise invalid_body(error) from error


def _read_form(body: bytes) -> dict[str, str]:
    try:
        fields = parse_qsl(
            body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS
        )
    except ValueError as error:
        raise BadRequest("The body is not a form.") from error
    if len(dict(fields)) < len(fields):
        raise BadRequest("The form has a field twice.")
    return dict(fields)
