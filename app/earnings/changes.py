"""Leaderboards that have changed and nobody has looked at since."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bson import ObjectId
from pymongo import ReturnDocument

from app.earnings.documents import LeaderboardChangeDocument
from app.earnings.rules.changes import seen, taken

MOST_LISTED = 1_000


@dataclass(frozen=True, slots=True)
class Look:
    """A look at a session's leaderboard that only its holder ends; `told` is what was told last."""

    session: ObjectId
    number: int
    wanted: int
    told: str | None


async def due_changes(now: datetime) -> list[ObjectId]:
    """Sessions whose leaderboard is to be looked at, the longest due first."""
    changes = LeaderboardChangeDocument.get_motor_collection()
    found = changes.find({"due_at": {"$lte": now}}, {"_id": 1}).sort("due_at").limit(MOST_LISTED)
    return [row["_id"] async for row in found]


async def take_look(session: ObjectId, *, now: datetime) -> Look | None:
    """A look that nobody else has for a while; None if none is due."""
    row: dict[str, Any] | None = await LeaderboardChangeDocument.get_motor_collection().find_one_and_update(
        {"_id": session, "due_at": {"$lte": now}}, taken(now), return_document=ReturnDocument.AFTER
    )
    return None if row is None else Look(session, row["looks"], row["wanted"], row.get("told"))


async def is_held(look: Look) -> bool:
    """True unless somebody has taken another look since."""
    held = {"_id": look.session, "looks": look.number}
    return await LeaderboardChangeDocument.get_motor_collection().find_one(held, {"_id": 1}) is not None


async def end_look(look: Look, *, told: str | None, now: datetime) -> None:
    """The look is over; what has changed since it began is due in a second."""
    await LeaderboardChangeDocument.get_motor_collection().update_one(
        {"_id": look.session, "looks": look.number}, seen(look.wanted, told=told, now=now)
    )
