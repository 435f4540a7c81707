"""Stream events out: a page by where it begins, never by how many come before it.

Ids are in order of time, so a page is a range of ids. Events that arrive meanwhile make no other event
appear twice or not at all.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bson import CodecOptions
from pymongo import ASCENDING, DESCENDING

from app.listening.documents import StreamEventDocument
from app.listening.rules.cursors import Cursor, Side
from app.listening.rules.fields import MICROS_A_MILLI
from app.listening.rules.stream_events import first_id

#: Events that are in memory at a time; a page holds up to twenty times as many.
BATCH = 1_000
#: Instants without a zone, in UTC: what follows only writes them out.
PLAIN: CodecOptions[dict[str, Any]] = CodecOptions(tz_aware=False)

Row = dict[str, Any]
Ids = dict[str, bytes]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which events: those that begin within these microseconds since 1970, both included, of a path."""

    from_us: int | None = None
    to_us: int | None = None
    path: str | None = None

    def query(self, ids: Ids) -> Mapping[str, Any]:
        """Those whose ids are like these as well."""
        bounds: list[Mapping[str, Any]] = [{"_id": ids}] if ids else []
        # Events are kept to the millisecond.
        if self.from_us is not None:
            bounds.append({"_id": {"$gte": first_id(-(-self.from_us // MICROS_A_MILLI))}})
        if self.to_us is not None:
            bounds.append({"_id": {"$lt": first_id(self.to_us // MICROS_A_MILLI + 1)}})
        if self.path is not None:
            bounds.append({"path": self.path})
        return {"$and": bounds} if bounds else {}


class EventPage:
    """A page of events whose beginning has been read; `next` is known once all of it has been."""

    def __init__(self, found: Any, first: list[Row], limit: int, cursor: Cursor | None) -> None:
        self._found = found
        self._first = first
        self._limit = limit
        # Right before an event there is a page that this event follows.
        self._goes_on = cursor is not None and cursor.side is Side.BEFORE
        self.previous: Cursor | None = None
        self.next: Cursor | None = None

    async def batches(self) -> AsyncIterator[Sequence[Row]]:
        """The events of the page in order, so many at a time."""
        left, rows, last = self._limit, self._first, None
        while rows:
            page, more = rows[:left], rows[left:]
            if page:
                yield page
                last = page[-1]["_id"]
                left -= len(page)
            if last is not None and (more or self._goes_on):
                self.next = Cursor(Side.AFTER, last)
            rows = await self._found.to_list(BATCH)


async def open_page(wanted: Wanted, cursor: Cursor | None, *, limit: int) -> EventPage:
    """The page of so many events at a cursor, or the first one."""
    events = StreamEventDocument.get_motor_collection().with_options(codec_options=PLAIN)
    ids: Ids = {}
    before: bytes | None = None
    if cursor is not None and cursor.side is Side.BEFORE:
        ids, before = await _ahead_of(wanted, cursor.event_id, limit)
    elif cursor is not None:
        ids = {"$gt": cursor.event_id}
    # One more than the page has tells whether another follows.
    found = events.find(wanted.query(ids)).sort("_id", ASCENDING).limit(limit + 1).batch_size(BATCH)
    first = await found.to_list(BATCH)
    page = EventPage(found, first, limit, cursor)
    if cursor is not None and cursor.side is Side.AFTER and first:
        before = first[0]["_id"]
    page.previous = None if before is None else Cursor(Side.BEFORE, before)
    return page


async def _ahead_of(wanted: Wanted, event_id: bytes, limit: int) -> tuple[Ids, bytes | None]:
    """The ids of the page before an event, and where that page begins if another is before it."""
    events = StreamEventDocument.get_motor_collection()
    found = events.find(wanted.query({"$lt": event_id}), {"_id": 1})
    # Only ids, so this reads nothing but the index; as much of it as the page is long.
    rows = await found.sort("_id", DESCENDING).skip(limit - 1).limit(2).to_list(2)
    if not rows:
        return {"$lt": event_id}, None
    start = rows[0]["_id"]
    return {"$gte": start, "$lt": event_id}, start if len(rows) > 1 else None
