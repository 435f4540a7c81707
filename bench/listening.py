"""A month of a million player events: mended, against one window over them written back; and its sessions."""

import random
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from typing import Any

from app.aggregations.listening.sessions import Heard
from app.aggregations.listening.summary import By
from app.aggregations.listening.windows import with_next_event
from app.kit.clock import utc_now
from app.listening.cleanup import Report, Rule, clean
from app.listening.documents import PlayerEventDocument
from app.listening.rules.player_events import listener_of
from app.listening.rules.spans import days
from app.listening.sessions import read_sessions, read_summary
from app.resources import Resources
from bench.figures import Line, at_most, compare
from bench.load import MeasurementFailed
from bench.plan import Plan
from bench.stand import Stand

EVENTS = 10**6
EVENTS_A_LISTENER = 50
EVENTS_A_SITTING = 10
FIRST, LAST = date(2024, 5, 1), date(2024, 5, 30)
BEGAN = datetime(2024, 5, 1, 2, tzinfo=UTC)
BATCH = 10_000
DATABASE = "listening"
COPY = "bare_events"
MOST_SESSIONS = 10_000
SLOWER = at_most(3)

Row = dict[str, Any]


def measure(stand: Stand, plan: Plan) -> list[Line]:
    """Seconds of a first clean-up, of a second that changes nothing, of sessions and of a summary."""
    stand = stand.in_database(DATABASE)
    count = min(EVENTS, plan.largest)
    try:
        stand.run(_open_schema)
        _fill(stand, count)
        floor_s = _write_windows(stand)
        first_s, report = stand.run(_clean)
        again_s, nothing = stand.run(_clean)
        sessions_s = stand.run(_read_sessions)
        summary_s = stand.run(_read_summary)
    finally:
        stand.mongodb.drop_database(DATABASE)
    if not report.changed[Rule.BY_NEXT_EVENT] or any(nothing.changed.values()):
        raise MeasurementFailed("the first clean-up changed nothing, or the second did")
    work = f"clean-up of {count:,} player events"
    changed = {rule.value: number for rule, number in report.changed.items()}
    return [
        compare(work, "s", [(first_s, floor_s)], SLOWER, changed=changed),
        compare(f"{work}, nothing left to do", "s", [(again_s, floor_s)], SLOWER),
        Line(f"listening sessions of a month of {count:,} events", "s", sessions_s, None),
        Line(f"summary by day of a month of {count:,} events", "s", summary_s, None),
    ]


async def _open_schema(_: Resources) -> None:
    """Collections and indexes are there once the resources are."""


async def _clean(resources: Resources) -> tuple[float, Report]:
    began = time.perf_counter()
    report = await clean(days(FIRST, LAST, resources.listening.zone), now=utc_now())
    return time.perf_counter() - began, report


async def _read_sessions(_: Resources) -> float:
    began = time.perf_counter()
    await read_sessions(Heard(BEGAN, BEGAN + timedelta(days=30)), limit=MOST_SESSIONS)
    return time.perf_counter() - began


async def _read_summary(resources: Resources) -> float:
    began = time.perf_counter()
    await read_summary(BEGAN, BEGAN + timedelta(days=30), by=By.DAY, zone=resources.listening.zone)
    return time.perf_counter() - began


def _write_windows(stand: Stand) -> float:
    """The floor: one pipeline that writes into every event of a copy when the next one begins."""
    events = stand.fast_collection(PlayerEventDocument.Settings.name)
    events.aggregate([{"$out": COPY}])
    copies = stand.fast_collection(COPY)
    copies.create_indexes(PlayerEventDocument.Settings.indexes)
    began = time.perf_counter()
    merge = {"$merge": {"into": COPY, "whenNotMatched": "discard"}}
    copies.aggregate([with_next_event(), merge], allowDiskUse=True)
    took = time.perf_counter() - began
    copies.drop()
    return took


def _fill(stand: Stand, count: int) -> None:
    events = stand.fast_collection(PlayerEventDocument.Settings.name)
    rows = _events(count)
    while batch := list(islice(rows, BATCH)):
        events.insert_many(batch, ordered=False)
    stand.mongodb.admin.command("fsync")


def _events(count: int) -> Iterator[Row]:
    """Sittings of listeners, in order of their beginnings; players tell no ends."""
    draw = random.Random(1)
    sittings = count // EVENTS_A_SITTING
    for number in range(sittings):
        time_ = BEGAN + timedelta(days=29) * (number / sittings)
        listener = draw.randrange(count // EVENTS_A_LISTENER)
        user, device = f"account.user:{listener:08X}", f"MjAzLjAuMTEzLjE1NA==-{listener:06x}"
        for place in range(EVENTS_A_SITTING):
            time_ += timedelta(milliseconds=draw.randrange(1_000, 260_000))
            yield {
                "_id": f"{number:024x}{place:08x}",
                "listener": listener_of(user, device),
                "time": time_,
                "state": draw.choice(("playing", "playing", "playing", "playing", "paused")),
                "obj_key": f"catalog.media:{draw.randrange(5_000):08X}",
                "user_identity": user,
                "device_key": device,
                "source": draw.choice(("live", "on-demand", "on-demand")),
                "max_duration_ms": 180_000,
                "time_end": None,
            }
