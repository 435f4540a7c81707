"""Whether an account may subscribe to a channel at this moment: what the rule needs is read each time."""

from datetime import datetime
from typing import Any

from bson import ObjectId

from app.livestream.documents import SessionDocument, StreamViewersDocument
from app.livestream.errors import ChannelForbidden
from app.livestream.rules.channel_names import Channel, ChannelKind
from app.livestream.rules.subscribing import Known, SessionFacts, may_subscribe

_FACTS = {"active": 1, "statuses": 1}


async def require_subscriber(channel: Channel, account_id: str | None, *, now: datetime) -> None:
    """Return if the account may subscribe to the channel, ChannelForbidden if not."""
    known = await _known(channel, account_id)
    if not may_subscribe(channel, account_id, known, now=now):
        raise ChannelForbidden


async def active_session_of(user_id: str) -> str | None:
    """The session that the user shows now."""
    found = await SessionDocument.get_motor_collection().find_one(_active(user_id), {"_id": 1})
    return None if found is None else str(found["_id"])


async def _known(channel: Channel, account_id: str | None) -> Known:
    if channel.kind is ChannelKind.SESSION:
        return Known(await _session({"_id": ObjectId(channel.subject)}))
    is_stream = channel.kind in {ChannelKind.STREAM, ChannelKind.STREAM_ENCRYPTED}
    if not is_stream or account_id in {None, channel.subject}:
        return Known()
    # The mark first: without one, which is most refusals, the session does not matter.
    marked_at = await _marked_at(channel.subject, str(account_id))
    return Known() if marked_at is None else Known(await _session(_active(channel.subject)), marked_at)


async def _session(where: dict[str, Any]) -> SessionFacts | None:
    found = await SessionDocument.get_motor_collection().find_one(where, _FACTS)
    if found is None:
        return None
    statuses = found["statuses"]
    return SessionFacts(statuses["created"], found["active"], statuses.get("ended"))


async def _marked_at(streamer_id: str, account_id: str) -> datetime | None:
    mark = f"viewers.sd.{account_id}"
    found = await StreamViewersDocument.get_motor_collection().find_one(
        {"streamer": ObjectId(streamer_id), mark: {"$exists": True}}, {mark: 1}
    )
    marked_at: datetime | None = None if found is None else found["viewers"]["sd"][account_id]
    return marked_at


def _active(user_id: str) -> dict[str, Any]:
    return {"user": ObjectId(user_id), "active": True}
