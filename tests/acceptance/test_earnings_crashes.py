"""A process that ends before or after any effect of earnings: sent again, no diamond is lost or doubled."""

import itertools
from datetime import UTC, datetime
from typing import Any

import earnings_crash_points
import pytest
from bson import ObjectId
from conftest import SECRET, SettingsFactory
from earnings_crash_points import REQUESTS, SESSION, record
from game_world import Json, Store
from livestream_world import a_session
from mortals import Job, Kind, Moment, crew
from pymongo import MongoClient
from redis import Redis

from app.kit.clock import utc_now
from app.livestream.rules.channel_names import presence
from app.resources import Resources
from app.settings import Settings
from app.streams.keys import events_key

pytest_plugins = ["game_fixtures"]

LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
#: Changes, hours, ledger and commit; a look taken and ended, and the event told between.
FEWEST_EFFECTS = 4 + 3
TOUCHED = ("sessions", "earnings", "earning_events", "leaderboard_changes")
EVENTS = sum(len(events) for events in REQUESTS)
DIAMONDS = sum(diamonds for events in REQUESTS for _, diamonds in events)


@pytest.fixture
def settings(settings_for: SettingsFactory) -> Settings:
    return settings_for(database="test_earnings_crashes")


def prepare(store: Store) -> None:
    """A session, and nothing earned yet."""
    for name in TOUCHED:
        store[name].delete_many({})
    store["sessions"].insert_one(a_session(_id=ObjectId(SESSION), statuses__started=utc_now()))


def assert_counted_once(store: Store) -> None:
    assert store["earning_events"].count_documents({}) == EVENTS
    hours = list(store["earnings"].find())
    assert sum(hour["revenue"] for hour in hours) == DIAMONDS
    for category in ("karaoke", "gifts"):
        given = [
            viewer["total"]
            for hour in hours
            for viewer in hour["breakdown"][f"stream:{category}:{SESSION}"].values()
        ]
        assert sum(given) == DIAMONDS


async def assert_told(store: Store, redis: Redis, resources: Resources) -> None:
    """After the pause of whoever has died, those who watch hear of the leaderboard as it is."""
    store["leaderboard_changes"].update_many({"due_at": {"$ne": None}}, {"$set": {"due_at": LONG_AGO}})
    await resources.earnings.news.tell(ObjectId(SESSION))
    (change,) = store["leaderboard_changes"].find()
    assert (change["due_at"], change["seen"]) == (None, change["wanted"])
    events: Any = redis.xrange(events_key(presence(SESSION)))
    assert b"leaderboard.updated" in events[-1][1].values()


@pytest.mark.parametrize("moment", Moment)
async def test_20_11_whatever_a_process_is_doing_when_it_ends_each_event_counts_once(
    resources: Resources, settings: Settings, mongo: MongoClient[Json], moment: Moment
) -> None:
    """Line 20.11."""
    store = mongo[settings.mongodb_database]
    arguments = {
        "environment": "test",
        "mongodb_uri": settings.mongodb_uri,
        "mongodb_database": settings.mongodb_database,
        "redis_url": settings.redis_url,
        "jwt_secret": SECRET,
    }
    script = earnings_crash_points.__file__
    async with crew(script, Kind.MORTALS) as mortals:
        with Redis.from_url(settings.redis_url) as redis:
            for number in itertools.count(1):
                prepare(store)
                redis.flushall()
                told = await mortals.do(Job(settings=arguments, moment=moment, number=number))
                if not told.crashed:
                    break
                told.end_transactions(mongo)
                await record(resources)
                assert_counted_once(store)
                await assert_told(store, redis, resources)

    assert number > FEWEST_EFFECTS
