"""Reading sessions: whole, or only whose one is and when it was shown."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bson import ObjectId

from app.livestream.documents import SessionDocument
from app.livestream.errors import UnknownSession

_WINDOW = {"user": 1, "statuses.started": 1, "statuses.ended": 1}


@dataclass(frozen=True, slots=True)
class SessionWindow:
    """Whose session it is, when it was first shown and when it ended; None: not yet."""

    user: ObjectId
    started_at: datetime | None
    ended_at: datetime | None


async def read_session(session_id: str) -> dict[str, Any]:
    """The session. Raises UnknownSession."""
    return await _read(session_id)


async def read_window(session_id: str) -> SessionWindow:
    """The session's window. Raises UnknownSession."""
    return window_of(await _read(session_id, _WINDOW))


def window_of(session: Mapping[str, Any]) -> SessionWindow:
    """The window of a session that has been read."""
    statuses = session["statuses"]
    return SessionWindow(session["user"], statuses.get("started"), statuses.get("ended"))


async def streamers_of(session_ids: Iterable[ObjectId]) -> dict[ObjectId, ObjectId]:
    """Whose these sessions are; those that are not known are left out."""
    found = SessionDocument.get_motor_collection().find({"_id": {"$in": list(session_ids)}}, {"user": 1})
    return {row["_id"]: row["user"] async for row in found}


async def _read(session_id: str, parts: Mapping[str, int] | None = None) -> dict[str, Any]:
    found: dict[str, Any] | None = await SessionDocument.get_motor_collection().find_one(
        {"_id": ObjectId(session_id)}, parts
    )
    if found is None:
        raise UnknownSession
    return found
