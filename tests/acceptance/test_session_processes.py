"""A worker that is killed while it does what follows from a session, and a Redis that loses all it had."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from bson import ObjectId
from conftest import SettingsFactory
from dev_process import a_process
from fcm_stand_in import FcmStandIn
from game_world import Store, account
from livestream_world import STREAMER, Live, owed_by
from pusher_stand_in import Mood, PusherStandIn
from redis import Redis

from app.dev.children import Child
from app.settings import Settings

pytest_plugins = ["channel_fixtures", "game_fixtures", "livestream_fixtures", "push_fixtures"]

FOLLOWER = 8
PHONE = "phone"
GOAL = {"goal": "a song"}


@pytest.fixture
def settings(
    settings_for: SettingsFactory, fcm: FcmStandIn, pusher: PusherStandIn, tmp_path: Path
) -> Settings:
    return settings_for(
        fcm_url=fcm.url,
        fcm_credentials=fcm.key_file(tmp_path),
        pusher_url=pusher.url,
        feed_debounce_seconds=1,
    )


@pytest.fixture
def worker(settings: Settings, tmp_path: Path) -> Iterator[Child]:
    """`laurel worker`, not started yet."""
    child = a_process("worker", settings, log=tmp_path / "worker.log")
    yield child
    child.stop()


async def test_20_8_a_killed_worker_and_a_flushed_redis_leave_everything_done_once_within_60_s(
    live: Live,
    store: Store,
    worker: Child,
    settings: Settings,
    fcm: FcmStandIn,
    pusher: PusherStandIn,
) -> None:
    """Line 20.8."""
    await live.tell_user(STREAMER, "badge:livestream_night")
    await live.tell("PUT", f"users/{account(STREAMER)}/followers/{account(FOLLOWER)}")
    await live.tell_device(FOLLOWER, PHONE, "push")
    pusher.mood = Mood.SILENT
    session = await live.open()
    await live.change(session, show_goal_pairs=[GOAL])
    worker.launch()
    async with asyncio.timeout(30):
        await pusher.asked_for()
    worker.kill()
    with Redis.from_url(settings.redis_url) as redis:
        redis.flushall()
    # What the worker had sent before its end is still on its way to a server that takes nothing.
    await asyncio.sleep(0.5)
    pusher.mood = Mood.WELL

    worker.launch()
    async with asyncio.timeout(60):
        while owed_by(store, session["id"]) or not shown(store, session["user"]) or not fcm.shown:  # noqa: ASYNC110 # nothing tells of it
            await asyncio.sleep(0.1)

    assert (await live.read(session))["metadata"]["name"] == "badge:livestream_night"
    assert fcm.shown == {PHONE: 1}
    events = Counter(
        told.name for told in pusher.told if f"presence-session@{session['id']}" in told.channels
    )
    assert events == {"stream.preset.preview": 1, "show_goal.updated": 1}


def shown(store: Store, streamer_id: str) -> bool:
    """True once the world's feed has been built with the streamer in it."""
    found = store["feeds"].find_one({"items.id": ObjectId(streamer_id), "region_group": "global"})
    return found is not None
