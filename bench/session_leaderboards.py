"""A session's leaderboard, against finding and counting the entries it is made of."""

import http.client
import random
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson
from bson import ObjectId

from app.aggregations.earnings import EARNINGS, Category, SessionEarnings, given_in, within
from app.aggregations.stages import Pipeline
from app.dev.servers import HOST
from app.earnings.rules.parts import STEP_BYTES, part_of
from app.earnings.rules.windows import hour_of
from app.kit.clock import utc_now
from app.livestream.documents import SessionDocument
from bench.figures import Line, at_most, compare
from bench.load import MeasurementFailed
from bench.plan import Plan
from bench.stand import Stand

SIZES = (1_000, 10_000, 100_000)
#: More than `$facet` can hold: that the answer is right is looked at, too.
LARGEST = 200_000
GIVEN_IN = (Category.VIEWS, Category.GIFTS, Category.CHAT)
READ = (*GIVEN_IN, Category.KARAOKE, Category.SHOW)
ENTRY_BYTES = 45
#: One in so many has given for karaoke too.
SINGERS = 10
SLOWER = at_most(3)
#: Pages of some milliseconds depend on what else the machine does in them: up to this size, more pairs.
SHORT, TIMES_MORE = 10_000, 10

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Watched:
    """A session with so many viewers who gave, and who should be first with how much."""

    id: ObjectId
    streamer: ObjectId
    viewers: int
    first: tuple[str, int]


def measure(stand: Stand, plan: Plan) -> list[Line]:
    """Seconds until the first page is there, which nobody has kept; by the number of viewers."""
    connection = http.client.HTTPConnection(HOST, stand.api.port, timeout=60)
    headers = {"Authorization": f"Bearer {stand.service_token()}"}
    try:
        return [_leaderboard(stand, plan, connection, headers, size) for size in (*SIZES, LARGEST)]
    finally:
        connection.close()


def _leaderboard(
    stand: Stand, plan: Plan, connection: http.client.HTTPConnection, headers: dict[str, str], size: int
) -> Line:
    session = _watched(stand, size)
    warm = time.monotonic() + plan.warm_up_s
    while time.monotonic() < warm:
        _read(connection, headers, session)
        _count(stand, session)
    count = plan.pairs * (TIMES_MORE if size <= SHORT else 1)
    pairs = [(_read(connection, headers, session), _count(stand, session)) for _ in range(count)]
    stand.fast_collection(EARNINGS).delete_many({"user": session.streamer})
    return compare(f"leaderboard of a session with {size:,} viewers", "s", pairs, SLOWER)


def _read(connection: http.client.HTTPConnection, headers: dict[str, str], session: Watched) -> float:
    """Seconds until the first page is there; a clock that is ahead asks for nothing that was kept."""
    began = time.perf_counter()
    connection.request(
        "GET", f"/sessions/{session.id}/leaderboard?_={int(time.time()) + 60}", headers=headers
    )
    response = connection.getresponse()
    lines = orjson.loads(response.read())
    took = time.perf_counter() - began
    if response.headers.get("X-Total-Count") != str(session.viewers):
        raise MeasurementFailed(f"the leaderboard does not count every viewer: {response.status}")
    if (lines[0]["id"], lines[0]["total"]) != session.first:
        raise MeasurementFailed("somebody else is first in the leaderboard")
    return took


def _count(stand: Stand, session: Watched) -> float:
    """The floor: the same documents found, each category's entries made a list, taken apart and counted."""
    hour = hour_of(utc_now()) - timedelta(hours=2)
    earnings = SessionEarnings(session.streamer, str(session.id), hour, None, READ)

    def entries(category: Category) -> Pipeline:
        return [within(earnings), *given_in(earnings, category)[:2]]

    first, *others = READ
    unions = [{"$unionWith": {"coll": EARNINGS, "pipeline": entries(one)}} for one in others]
    began = time.perf_counter()
    (row,) = stand.fast_collection(EARNINGS).aggregate([*entries(first), *unions, {"$count": "entries"}])
    took = time.perf_counter() - began
    if row["entries"] != len(GIVEN_IN) * session.viewers + session.viewers // SINGERS:
        raise MeasurementFailed("the floor does not find every entry")
    return took


def _watched(stand: Stand, size: int) -> Watched:
    """A session that has been on for an hour, its earnings in the parts they would be in."""
    streamer, session_id = ObjectId(), ObjectId()
    now = utc_now()
    parts = max(1, size * len(GIVEN_IN) * ENTRY_BYTES // STEP_BYTES)
    breakdowns: list[dict[str, dict[str, Row]]] = [{} for _ in range(parts)]
    best = ("", 0)
    for number in range(size):
        viewer = str(ObjectId())
        given = {category: random.randrange(1, 1_000) for category in GIVEN_IN}
        if number % SINGERS == 0:
            given[Category.KARAOKE] = 1
        for category, diamonds in given.items():
            key = f"stream:{category}:{session_id}"
            breakdowns[part_of(viewer, parts)].setdefault(key, {})[viewer] = {"total": diamonds}
        total = sum(given[category] for category in GIVEN_IN)
        best = max(best, (viewer, total), key=lambda one: (one[1], -int(one[0] or "f" * 24, 16)))
    time_of = hour_of(now)
    rows = [
        {"user": streamer, "time": time_of, "part": part, "breakdown": breakdown, "revenue": 1}
        for part, breakdown in enumerate(breakdowns)
    ]
    stand.fast_collection(EARNINGS).insert_many(rows)
    stand.fast_collection(SessionDocument.Settings.name).insert_one(a_session(session_id, streamer, now))
    stand.mongodb.admin.command("fsync")
    return Watched(session_id, streamer, size, best)


def a_session(session_id: ObjectId, streamer: ObjectId, now: datetime) -> Row:
    """A session that has been on for an hour, as far as earnings know of it."""
    started = now - timedelta(hours=1)
    statuses = {"created": started, "started": started}
    return {"_id": session_id, "user": streamer, "active": True, "statuses": statuses}
