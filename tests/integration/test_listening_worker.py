"""The hourly clean-up of player events."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from game_world import Json, Store, store_of
from listening_histories import stored_event
from pymongo import MongoClient

from app.kit.clock import utc_now
from app.resources import Resources
from app.settings import Settings
from app.workers.listening import clean_listening
from app.workers.schedule import cron_jobs


@pytest.fixture
def store(mongo: MongoClient[Json], settings: Settings) -> Store:
    return store_of(mongo, settings)


def context(resources: Resources) -> dict[str, Any]:
    return {"resources": resources, "cleaning": asyncio.Lock()}


def ended(store: Store) -> list[str]:
    """Which events have an end."""
    return sorted(event["_id"] for event in store["player_events"].find({"time_end": {"$ne": None}}))


async def test_the_events_of_yesterday_and_today_are_mended(resources: Resources, store: Store) -> None:
    now = utc_now()
    hours_ago = {"just now": 0, "this hour": 0.5, "a day ago": 24, "four days ago": 96}
    store["player_events"].insert_many(
        stored_event(name, now - timedelta(hours=hours)) for name, hours in hours_ago.items()
    )

    await clean_listening(context(resources))

    assert ended(store) == ["a day ago", "this hour"]


async def test_one_clean_up_at_a_time_is_enough(resources: Resources, store: Store) -> None:
    store["player_events"].insert_one(stored_event("1", utc_now() - timedelta(hours=1)))
    ctx = context(resources)

    async with ctx["cleaning"]:
        await clean_listening(ctx)

    assert ended(store) == []


def test_it_happens_every_hour() -> None:
    (job,) = (job for job in cron_jobs() if job.name == "cron:clean_listening")

    assert (job.hour, job.minute, job.second) == (None, {7}, {20})
