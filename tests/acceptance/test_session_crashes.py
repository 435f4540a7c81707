"""A process that ends before or after any external effect of a session: what recovers announces it whole."""

import itertools
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
import session_crash_points
from bson import ObjectId
from conftest import SECRET, SettingsFactory
from game_world import Json, Store, account
from livestream_world import STREAMER, a_session
from mortals import Crew, Job, Kind, Moment, crew
from pymongo import MongoClient
from redis import Redis

from app.resources import open_resources
from app.settings import Settings

pytest_plugins = ["game_fixtures"]

USER = ObjectId(account(STREAMER))
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
#: The session, a wake-up per receiver, and for each receiver that it was taken and done.
FEWEST_EFFECTS = 1 + 8 + 2 * 8
TOUCHED = ("sessions", "feed_tasks", "stream_viewers")


@pytest.fixture
def settings(settings_for: SettingsFactory) -> Settings:
    return settings_for(database="test_session_crashes")


@pytest.fixture
async def crews(settings: Settings) -> AsyncIterator[tuple[Crew, Crew]]:
    async with (
        open_resources(settings),
        crew(session_crash_points.__file__, Kind.MORTALS) as mortals,
        crew(session_crash_points.__file__, Kind.SURVIVOR) as survivor,
    ):
        yield mortals, survivor


def prepare(store: Store) -> None:
    """A streamer whose last session was rated, with marks of viewers who left long ago."""
    for name in TOUCHED:
        store[name].delete_many({})
    an_hour_ago = datetime.now(UTC) - timedelta(hours=1)
    statuses = {"created": an_hour_ago, "started": an_hour_ago, "ended": an_hour_ago}
    rating = {"current": 4.5, "current_count": 20}
    store["sessions"].insert_one(a_session(active=False, statuses=statuses, rating=rating))
    store["stream_viewers"].insert_one({"streamer": USER, "viewers": {"sd": {account(7): LONG_AGO}}})
    user = {"username": "ann", "tags": ["country:tw", "badge:livestream_night"]}
    store["users"].replace_one({"_id": USER}, user, upsert=True)


def free(store: Store) -> None:
    """What time does: whatever a dead process had taken is free again."""
    owing = {"follow_ups.0": {"$exists": True}}
    store["sessions"].update_many(owing, {"$set": {"follow_ups.$[].due_at": LONG_AGO}})


def assert_announced(store: Store, redis: Redis) -> None:
    (session,) = store["sessions"].find({"active": True})
    (marks,) = store["stream_viewers"].find()
    assert session["follow_ups"] == []
    assert session["metadata"]["name"] == "badge:livestream_night"
    assert session["rating"] == {
        "current": 4.5,
        "current_count": 20,
        "previous": 4.5,
        "previous_count": 20,
    }
    assert marks["viewers"]["sd"] == {}
    assert {task["_id"] for task in store["feed_tasks"].find({"wanted": {"$gte": 1}})} == {
        "global",
        "global-filtered",
        "asia",
        "asia-filtered",
    }
    heard = [name for name in redis.scan_iter() if f"presence-session@{session['_id']}".encode() in name]
    assert heard


@pytest.mark.parametrize("moment", Moment)
async def test_20_8_whatever_a_process_is_doing_when_it_ends_the_session_is_announced(
    crews: tuple[Crew, Crew], settings: Settings, mongo: MongoClient[Json], moment: Moment
) -> None:
    """Line 20.8."""
    mortals, survivor = crews
    store = mongo[settings.mongodb_database]
    arguments = {
        "environment": "test",
        "mongodb_uri": settings.mongodb_uri,
        "mongodb_database": settings.mongodb_database,
        "redis_url": settings.redis_url,
        "jwt_secret": SECRET,
    }
    with Redis.from_url(settings.redis_url) as redis:
        for number in itertools.count(1):
            prepare(store)
            redis.flushall()
            told = await mortals.do(Job(settings=arguments, moment=moment, number=number))
            if not told.crashed:
                break
            free(store)
            await survivor.do(Job(settings=arguments))
            assert_announced(store, redis)

    assert number > FEWEST_EFFECTS
