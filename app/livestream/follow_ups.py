"""What follows from a signal, owed one by one: each receiver's part is done on its own, until it is done.

A signal that matters is not sent to its receivers at once. The write that makes it true also stores one
follow-up per receiver; whoever finds a follow-up takes it, runs that receiver, and removes it. Receivers may
run twice and must not mind.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from bson import ObjectId
from pymongo import ReturnDocument

from app.kit.pauses import Pauses
from app.livestream.documents import SessionDocument
from app.livestream.signals import Signals

log = structlog.get_logger()

Row = dict[str, Any]
Receiver = Callable[..., Awaitable[None]]

#: A worker gives a receiver up after 10 s; what a dead one had taken is free again after these.
LEASE = timedelta(seconds=15)
PAUSES = Pauses(first=timedelta(seconds=1), longest=timedelta(minutes=5))
MOST_LISTED = 200
LONGEST_ERROR = 500


@dataclass(frozen=True, slots=True)
class Owed:
    """One follow-up of one session, by name."""

    session_id: str
    name: str


class FollowUps:
    """Owes follow-ups and works them off; one per process."""

    def __init__(self, signals: Signals) -> None:
        self._signals = signals

    def of(self, sender: str, *, now: datetime) -> list[Row]:
        """The follow-ups of a livestream signal, to be stored in the write that makes it true."""
        return [
            {
                "id": ObjectId(),
                "name": f"{sender}/{receiver}",
                "due_at": now,
                "attempt": 0,
                "last_error": None,
            }
            for receiver in self._receivers(sender)
        ]

    async def due(self, now: datetime) -> list[Owed]:
        """Follow-ups whose time has come, some at a time."""
        sessions = SessionDocument.get_motor_collection()
        found = sessions.find({"follow_ups.due_at": {"$lte": now}}, {"follow_ups": 1}).limit(MOST_LISTED)
        return [
            Owed(str(row["_id"]), follow_up["name"])
            async for row in found
            for follow_up in row["follow_ups"]
            if follow_up["due_at"] <= now
        ]

    async def do(self, owed: Owed, *, now: datetime) -> bool:
        """Run one receiver, if its follow-up is due and nobody else has taken it; True if that went well.

        A receiver that fails is tried again after a pause that doubles, for ever; others are not held up.
        """
        session = await _take(owed, now)
        if session is None:
            return False
        taken = next(one for one in session["follow_ups"] if one["name"] == owed.name)
        sender, _, name = owed.name.partition("/")
        receiver = self._receivers(sender).get(name)
        try:
            if receiver is not None:  # one that has been removed from the code has nothing to do any more
                await receiver(sender, **announced(session))
        except Exception as error:  # noqa: BLE001 # whatever it is, it is tried again
            log.warning("follow_up.put_off", follow_up=owed.name, error=type(error).__name__)
            await _put_off(session, taken, error, now)
            return False
        await _remove(session, taken)
        return True

    def _receivers(self, sender: str) -> dict[str, Receiver]:
        return {receiver.__name__: receiver for receiver in self._signals.livestream.receivers_for(sender)}


def newly_owed(session: Mapping[str, Any], rows: Sequence[Row]) -> list[str]:
    """Which of these follow-ups a write has stored with the session, by name."""
    stored = {follow_up["id"] for follow_up in session["follow_ups"]}
    return [row["name"] for row in rows if row["id"] in stored]


def announced(session: Mapping[str, Any]) -> Row:
    """What a signal about a session tells its receivers."""
    preset = session["status"]["preset"]
    return {
        "session_id": session["_id"],
        "streamer_id": session["user"],
        "preset": preset,
        "price": session["pricing"].get(preset, 0),
        "show_goal_pairs": session["show_goal_pairs"],
        "tags": session["tags"],
    }


async def _take(owed: Owed, now: datetime) -> Row | None:
    """The session, its follow-up taken for some seconds; None if there is nothing to take."""
    due = {"name": owed.name, "due_at": {"$lte": now}}
    taken: Row | None = await SessionDocument.get_motor_collection().find_one_and_update(
        {"_id": ObjectId(owed.session_id), "follow_ups": {"$elemMatch": due}},
        {"$set": {"follow_ups.$.due_at": now + LEASE}, "$inc": {"follow_ups.$.attempt": 1}},
        return_document=ReturnDocument.AFTER,
    )
    return taken


async def _remove(session: Row, taken: Row) -> None:
    # Only as the one who took it last: a slow one must not remove what was owed anew meanwhile.
    await SessionDocument.get_motor_collection().update_one(
        {"_id": session["_id"]}, {"$pull": {"follow_ups": _as_taken(taken)}}
    )


async def _put_off(session: Row, taken: Row, error: Exception, now: datetime) -> None:
    noted = {
        "follow_ups.$.due_at": now + PAUSES.after(taken["attempt"]),
        "follow_ups.$.last_error": f"{type(error).__name__}: {error}"[:LONGEST_ERROR],
    }
    await SessionDocument.get_motor_collection().update_one(
        {"_id": session["_id"], "follow_ups": {"$elemMatch": _as_taken(taken)}}, {"$set": noted}
    )


def _as_taken(follow_up: Row) -> Row:
    return {"id": follow_up["id"], "attempt": follow_up["attempt"]}
