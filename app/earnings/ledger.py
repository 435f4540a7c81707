"""The ledger of events and the hours they add up to, changed together."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bson import ObjectId
from pymongo import InsertOne, UpdateOne

from app.earnings.documents import EarningDocument, EarningEventDocument, LeaderboardChangeDocument
from app.earnings.rules.changes import wanted
from app.earnings.rules.earning import Earning, Hour, increments
from app.earnings.rules.parts import parts_for
from app.storage.transactions import Session, in_transaction

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Call:
    """Earnings of one request; whether they were counted by it is told by its id."""

    id: ObjectId
    earnings: tuple[Earning, ...]
    now: datetime


@dataclass(frozen=True, slots=True)
class Recorded:
    """How many events a request has added, and how many had been counted before, or twice in it."""

    applied: int
    duplicate: int


async def store(calls: Sequence[Call]) -> list[Recorded]:
    """Count what has not been counted, all in one transaction; what each call has added, in order."""
    parts = await _parts({one.hour for call in calls for one in call.earnings})
    return await in_transaction(_Attempts(calls, parts).attempt, on=EarningEventDocument)


class _Attempts:
    """Tries of one transaction."""

    def __init__(self, calls: Sequence[Call], parts: Mapping[Hour, int]) -> None:
        self._calls = calls
        self._parts = parts
        self._is_first = True

    async def attempt(self, session: Session) -> list[Recorded]:
        # Events are new, more often than not: the first try finds out by their unique ids, without looking.
        # Any further one looks, because of those that are not, and because a try may have been committed
        # without anybody having heard of it.
        counted = {} if self._is_first else await self._counted(session)
        self._is_first = False
        fresh: list[tuple[Call, Earning]] = []
        answers = [_take(call, counted, fresh) for call in self._calls]
        if fresh:
            await self._write(fresh, session)
        return answers

    async def _counted(self, session: Session) -> dict[str, ObjectId]:
        """Who has counted these events: the calls, by event."""
        ids = [one.event_id for call in self._calls for one in call.earnings]
        events = EarningEventDocument.get_motor_collection()
        found = events.find({"_id": {"$in": ids}}, {"call": 1}, session=session)
        return {row["_id"]: row["call"] async for row in found}

    async def _write(self, fresh: Sequence[tuple[Call, Earning]], session: Session) -> None:
        """Changes, hours, ledger: who is late finds out soon, by the document that all would write."""
        now = self._calls[0].now
        sessions = sorted({earning.session for _, earning in fresh})
        changes = [UpdateOne({"_id": one}, wanted(now), upsert=True) for one in sessions]
        await LeaderboardChangeDocument.get_motor_collection().bulk_write(changes, session=session)
        added = increments((earning for _, earning in fresh), self._parts)
        hours = [
            UpdateOne(
                {"user": part.hour.streamer, "time": part.hour.time, "part": part.number},
                {"$inc": dict(paths)},
                upsert=True,
            )
            for part, paths in added.items()
        ]
        await EarningDocument.get_motor_collection().bulk_write(hours, session=session)
        events = [InsertOne(_event(call, earning)) for call, earning in fresh]
        await EarningEventDocument.get_motor_collection().bulk_write(events, session=session)


def _take(call: Call, counted: dict[str, ObjectId], fresh: list[tuple[Call, Earning]]) -> Recorded:
    """What a call adds, besides what others before it have."""
    applied: set[str] = set()
    for earning in call.earnings:
        is_new = earning.event_id not in counted
        owner = counted.setdefault(earning.event_id, call.id)
        if is_new:
            fresh.append((call, earning))
        if owner == call.id:
            applied.add(earning.event_id)
    return Recorded(len(applied), len(call.earnings) - len(applied))


async def _parts(hours: Collection[Hour]) -> dict[Hour, int]:
    """How many parts each hour has now, by the size of its first."""
    first = {
        "user": {"$in": list({hour.streamer for hour in hours})},
        "time": {"$in": list({hour.time for hour in hours})},
        "part": 0,
    }
    shown = {"user": 1, "time": 1, "size": {"$bsonSize": "$$ROOT"}}
    found = EarningDocument.get_motor_collection().find(first, shown)
    sizes = {Hour(row["user"], row["time"]): row["size"] async for row in found}
    return {hour: parts_for(sizes.get(hour, 0)) for hour in hours}


def _event(call: Call, earning: Earning) -> Row:
    return {
        "_id": earning.event_id,
        "call": call.id,
        "streamer": earning.streamer,
        "session": earning.session,
        "viewer": earning.viewer,
        "category": earning.category.value,
        "diamonds": earning.diamonds,
        "time": earning.time,
    }
