"""A process that ends after any external effect of a session: what recovers announces it whole.

Effects come one by one, so who ends after one ends before the next.
"""

import itertools
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import session_crash_points
from bson import ObjectId
from conftest import SECRET, SettingsFactory
from fcm_stand_in import FcmStandIn
from game_world import Json, Store, account
from livestream_world import STREAMER, a_session
from mortals import Crew, Job, Kind, Moment, Told, crew
from pymongo import MongoClient
from redis import Redis
from session_crash_points import GOALS

from app.livestream.rules.channel_names import feed, of_streamer, presence
from app.resources import open_resources
from app.settings import Settings
from app.streams.keys import events_key, remembered_key

pytest_plugins = ["game_fixtures", "push_fixtures"]

USER = ObjectId(account(STREAMER))
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
PHONES = {"phone-a": account(8), "phone-b": account(9)}
FEEDS = {"global", "global-filtered"}
OLD = b"=what was known before"
#: The session and its goal, the wake-ups, for each of eight receivers that it was taken and done, for each of
#: two feeds that it was begun, written, finished and told, and the messages.
FEWEST_EFFECTS = 3 + 2 * 8 + 2 * 4 + 4
TOUCHED = ("sessions", "feed_tasks", "feeds", "stream_viewers", "push_batches", "followers", "devices")


@dataclass(frozen=True)
class World:
    """What a session touches: MongoDB, Redis and a push service."""

    store: Store
    redis: "Redis"
    fcm: FcmStandIn

    def prepare(self) -> None:
        """A streamer with followers, whose last session was rated and whose viewers left long ago."""
        for name in TOUCHED:
            self.store[name].delete_many({})
        an_hour_ago = datetime.now(UTC) - timedelta(hours=1)
        statuses = {"created": an_hour_ago, "started": an_hour_ago, "ended": an_hour_ago}
        rating = {"current": 4.5, "current_count": 20}
        self.store["sessions"].insert_one(a_session(active=False, statuses=statuses, rating=rating))
        viewers = {"sd": {account(7): LONG_AGO}}
        self.store["stream_viewers"].insert_one({"streamer": USER, "viewers": viewers})
        user = {"username": "ann", "tags": ["country:fr", "badge:livestream_night"]}
        self.store["users"].replace_one({"_id": USER}, user, upsert=True)
        for token, owner in PHONES.items():
            self.store["followers"].insert_one({"streamer": USER, "follower": ObjectId(owner)})
            self.store["devices"].insert_one({"user": ObjectId(owner), "kind": "push", "token": token})
        self.redis.flushall()
        for channel in of_streamer(USER):
            self.redis.set(remembered_key(channel), OLD)
        self.fcm.shown.clear()

    def free(self) -> None:
        """What time does: whatever a dead process had taken is free again."""
        owing = {"follow_ups.0": {"$exists": True}}
        self.store["sessions"].update_many(owing, {"$set": {"follow_ups.$[].due_at": LONG_AGO}})
        for collection, field in (
            ("push_batches", "due_at"),
            ("feed_tasks", "building_until"),
            ("feed_tasks", "tell_at"),
        ):
            taken = {field: {"$type": "date"}}
            self.store[collection].update_many(taken, {"$set": {field: LONG_AGO}})

    def told(self, channel: str) -> set[str]:
        """The names of the events of a channel."""
        events: Any = self.redis.xrange(events_key(channel))
        return {fields[b"event"].decode() for _, fields in events}


@pytest.fixture
def settings(settings_for: SettingsFactory, fcm: FcmStandIn, tmp_path: Path) -> Settings:
    return settings_for(
        database="test_session_crashes", fcm_url=fcm.url, fcm_credentials=fcm.key_file(tmp_path)
    )


@pytest.fixture
async def crews(settings: Settings) -> AsyncIterator[tuple[Crew, Crew]]:
    async with (
        open_resources(settings),
        crew(session_crash_points.__file__, Kind.MORTALS) as mortals,
        crew(session_crash_points.__file__, Kind.SURVIVOR) as survivor,
    ):
        yield mortals, survivor


def assert_announced(world: World) -> None:
    """What each of the eight receivers is for is there."""
    store = world.store
    (session,) = store["sessions"].find({"active": True})
    (marks,) = store["stream_viewers"].find()
    assert session["follow_ups"] == []
    assert session["metadata"]["name"] == "badge:livestream_night"
    assert (session["rating"]["current"], session["rating"]["previous"]) == (4.5, 4.5)
    assert session["show_goal_pairs"] == GOALS
    assert marks["viewers"]["sd"] == {}
    told = {"stream.preset.preview", "show_goal.updated", "rating.updated"}
    assert world.told(presence(session["_id"])) == told
    remembered: Any = world.redis.mget([remembered_key(channel) for channel in of_streamer(USER)])
    assert OLD not in remembered
    assert {
        task["_id"] for task in store["feed_tasks"].find({"$expr": {"$eq": ["$wanted", "$built"]}})
    } == FEEDS
    for key in FEEDS:
        alias = f"user_livestream-{key}"
        newest = store["feeds"].find_one({"aliases": alias}, sort=[("version", -1)])
        assert newest is not None
        assert [item["id"] for item in newest["items"]] == [USER]
        assert world.told(feed(alias)) == {"updated"}


def may_have_sent(told: Told) -> bool:
    """True if the process ended after FCM may have had a message, and before that was written down."""
    is_recorded = "mongodb update push_batches" in told.effects
    return any("messages:send" in effect for effect in told.effects) and not is_recorded


@pytest.mark.timeout(300)  # as many lives of a process as there are effects
async def test_20_8_whatever_a_process_is_doing_when_it_ends_the_session_is_announced(
    crews: tuple[Crew, Crew], fcm: FcmStandIn, settings: Settings, mongo: MongoClient[Json]
) -> None:
    """Line 20.8. Messages come once; those that were under way when their sender died may come twice."""
    mortals, survivor = crews
    arguments = {
        "environment": "test",
        "mongodb_uri": settings.mongodb_uri,
        "mongodb_database": settings.mongodb_database,
        "redis_url": settings.redis_url,
        "jwt_secret": SECRET,
        "fcm_url": settings.fcm_url,
        "fcm_credentials": str(settings.fcm_credentials),
    }
    with Redis.from_url(settings.redis_url) as redis:
        world = World(mongo[settings.mongodb_database], redis, fcm)
        for number in itertools.count(1):
            world.prepare()
            told = await mortals.do(Job(settings=arguments, moment=Moment.AFTER, number=number))
            if not told.crashed:
                break
            world.free()
            await survivor.do(Job(settings=arguments))
            assert_announced(world)
            most = 2 if may_have_sent(told) else 1
            assert set(fcm.shown) == set(PHONES)
            assert max(fcm.shown.values()) <= most

    assert number > FEWEST_EFFECTS
