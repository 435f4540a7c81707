"""A feed of ten thousand live streamers, against finding their sessions and looking up their users alone."""

import random
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from statistics import median
from threading import Event
from typing import Any

from bson import CodecOptions, ObjectId
from bson.raw_bson import RawBSONDocument

from app.aggregations.feed import active_sessions
from app.dev.servers import free_port
from app.earnings.documents import EarningDocument
from app.kit.clock import utc_now
from app.livestream.documents import FeedDocument, SessionDocument, UserDocument
from app.resources import Resources
from bench.figures import Line, at_most, compare
from bench.load import Call, Generator, Load, MeasurementFailed
from bench.plan import Plan
from bench.stand import Stand

STREAMERS = 10_000
#: Hours of the last thirty days in which a streamer has earned something.
HOURS = 20
BATCH = 1_000
DATABASE = "feeds"
FEED = "global"
COUNTRIES = ("tw", "hk", "jp", "kr", "us", "fr")
SLOWER = at_most(3)
#: Enough to see a route wait, and too few to fill the machine by themselves.
CONNECTIONS = 4
READ = 400
READER = "0" * 24

Row = dict[str, Any]


def measure(stand: Stand, plan: Plan) -> list[Line]:
    """Seconds from the beginning of a build until another feed is read."""
    stand = stand.in_database(DATABASE)
    try:
        stand.run(_open_schema)
        _fill(stand)
        pairs = [(stand.run(_build), _look_up(stand)) for _ in range(plan.pairs + 1)]
        beside = _beside_builds(stand, plan)
    finally:
        stand.mongodb.drop_database(DATABASE)
    # The first of each has found nothing in the caches.
    return [compare(f"feed of {STREAMERS:,} active sessions", "s", pairs[1:], SLOWER), beside]


def _beside_builds(stand: Stand, plan: Plan) -> Line:
    """The 99th percentile of sessions that are read while feeds are built, one right after the other."""
    calls = [
        Call("GET", f"/sessions/{row['_id']}", stand.player_token(READER))
        for row in stand.fast_collection(SessionDocument.Settings.name).find({}, {"_id": 1}).limit(READ)
    ]
    generator = Generator(stand.calls_file("beside", calls), CONNECTIONS)
    port = free_port()
    with stand.serving("api", ["-P", "-m", "app.cli", "api", "--port", str(port)], port) as api:
        loads = plan.alternate(
            lambda seconds: _meanwhile(stand, lambda: generator.drive(api.url, seconds)),
            lambda seconds: generator.drive(api.url, seconds),
        )
    return compare(
        f"GET /sessions/ID beside builds of feeds of {STREAMERS:,}, against without: p99",
        "ms",
        [(during.p99_ms, before.p99_ms) for during, before in loads],
        target=None,
        per_second=median(during.per_second for during, _ in loads),
        per_second_without=median(before.per_second for _, before in loads),
    )


def _meanwhile(stand: Stand, drive: Callable[[], Load]) -> Load:
    """What a load sees while this process does nothing but build."""
    is_over = Event()

    async def build_on(resources: Resources) -> None:
        while not is_over.is_set():
            await _build(resources)

    with ThreadPoolExecutor(1) as builder:
        building = builder.submit(stand.run, build_on)
        try:
            return drive()
        finally:
            is_over.set()
            building.result()


async def _open_schema(_: Resources) -> None:
    """Collections and indexes are there once the resources are."""


async def _build(resources: Resources) -> float:
    feeds = resources.livestream.feeds
    now = utc_now()
    await feeds.want(ObjectId(), now=now)
    began = time.perf_counter()
    if not await feeds.build(FEED, now=now + timedelta(minutes=2)):
        raise MeasurementFailed("the feed was not built")
    took = time.perf_counter() - began
    newest = await FeedDocument.get_motor_collection().find_one(
        {"aliases": f"user_livestream-{FEED}"}, sort=[("version", -1)]
    )
    if newest is None or len(newest["items"]) != STREAMERS:
        raise MeasurementFailed("the feed does not show every streamer")
    return took


def _look_up(stand: Stand) -> float:
    """The floor: the sessions with their users by tags, read and not even decoded."""
    stages = [
        active_sessions(),
        {
            "$lookup": {
                "from": UserDocument.Settings.name,
                "localField": "user",
                "foreignField": "_id",
                "pipeline": [{"$match": {"tags": {"$nin": ["hidden:region-group:asia"]}}}],
                "as": "user",
            }
        },
    ]
    raw = stand.fast_collection(SessionDocument.Settings.name).with_options(
        codec_options=CodecOptions(document_class=RawBSONDocument)
    )
    began = time.perf_counter()
    rows = len(list(raw.aggregate(stages)))
    took = time.perf_counter() - began
    if rows != STREAMERS:
        raise MeasurementFailed("the floor does not find every session")
    return took


def _fill(stand: Stand) -> None:
    users = [ObjectId() for _ in range(STREAMERS)]
    now = utc_now().replace(minute=0, second=0, microsecond=0)
    _store(stand, UserDocument.Settings.name, [_user(number, user) for number, user in enumerate(users)])
    _store(stand, SessionDocument.Settings.name, [_session(user, now) for user in users])
    for first in range(0, STREAMERS, BATCH):
        earned = [row for user in users[first : first + BATCH] for row in _earnings(user, now)]
        _store(stand, EarningDocument.Settings.name, earned)
    stand.mongodb.admin.command("fsync")


def _store(stand: Stand, collection: str, rows: Sequence[Row]) -> None:
    stand.fast_collection(collection).insert_many(rows, ordered=False)


def _user(number: int, user: ObjectId) -> Row:
    tags = [f"country:{random.choice(COUNTRIES)}", "hashtag:music", "badge:new", "badge:livestream_gold"]
    if number % 50 == 0:
        tags.append(f"feed:user_livestream-{FEED}:{number % 7}")
    return {
        "_id": user,
        "username": f"streamer-{number}",
        "profile": {"biography": "sings and plays " * 6},
        "tags": tags,
    }


def _session(user: ObjectId, now: datetime) -> Row:
    started = now - timedelta(seconds=random.randrange(7_200))
    return {
        "_id": ObjectId(),
        "user": user,
        "title": "an evening",
        "active": True,
        "status": {"preset": "sd"},
        "statuses": {"created": started, "started": started},
        "pricing": {"preview": 0, "sd": 5},
        "tags": ["country:tw"],
        "show_goal_pairs": [{"title": "a song", "diamonds": 500}],
        "exclusive_goal_pairs": [],
        "rating": {"current": 4.5, "current_count": random.randrange(40)},
        "metadata": {"viewer_count": random.randrange(500)},
        "follow_ups": [],
    }


def _earnings(user: ObjectId, now: datetime) -> list[Row]:
    hours = random.sample(range(720), HOURS)
    return [
        {
            "user": user,
            "time": now - timedelta(hours=hour),
            "breakdown": {f"stream:gifts:{user}": {str(user): {"total": 10}}},
            "revenue": random.randrange(1_000),
        }
        for hour in hours
    ]
