"""News of XP boards on a real socket, and littercoins."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from conftest import HeadersBuilder
from event_source import Ears
from game_world import Store
from redis import Redis
from xp_world import XpWorld, things

from app.dev.loopback import serving
from app.kit.clock import utc_now
from app.main import guarded
from app.settings import Settings
from app.xp.littercoin import announce_coins, count_owed

pytest_plugins = ["game_fixtures", "xp_fixtures"]


@pytest.fixture
async def http(api: Any) -> AsyncIterator[httpx.AsyncClient]:
    """The whole service on a socket."""
    app: Any = guarded(api)
    async with serving(app) as url, httpx.AsyncClient(base_url=url, timeout=30) as opened:
        yield opened


@asynccontextmanager
async def news(http: httpx.AsyncClient, headers: dict[str, str], **query: Any) -> AsyncIterator[Ears]:
    """Ears on news, the opening event heard."""
    path = "/api/leaderboard/events"
    async with http.stream("GET", path, headers=headers, params=query) as response:
        assert response.status_code == 200, await response.aread()
        ears = Ears(response)
        assert (await ears.next()).name == "subscribed"
        yield ears


async def test_whoever_looks_at_a_board_hears_that_it_has_changed(
    http: httpx.AsyncClient, xp: XpWorld, player: HeadersBuilder
) -> None:
    async with (
        news(http, player("1")) as world,
        news(http, player("1"), locationType="country", locationId=5) as here,
    ):
        await xp.upload(1, country_id=5)
        heard = [await world.next(), await here.next()]

    assert [(event.name, event.data["location_type"]) for event in heard] == [
        ("updated", "global"),
        ("updated", "country"),
    ]


async def test_many_changes_are_told_once_a_second_and_the_last_one_too(
    http: httpx.AsyncClient, xp: XpWorld, player: HeadersBuilder, settings: Settings
) -> None:
    async with news(http, player("1")) as ears:
        await xp.upload(1)
        await ears.next()
        for quantity in range(1, 6):
            await xp.tag(1, *things(quantity))
        await ears.next()
        await asyncio.sleep(1.2)
    with Redis.from_url(settings.redis_url) as redis:
        told = redis.xlen("laurel:channel:{xp@g}:events")

    assert told == 2


async def test_news_are_for_signed_in_users(http: httpx.AsyncClient) -> None:
    assert (await http.get("/api/leaderboard/events")).status_code == 401


async def test_a_hundred_verified_photos_make_a_coin_that_everybody_hears_of(
    http: httpx.AsyncClient, xp: XpWorld, player: HeadersBuilder, store: Store, api: Any
) -> None:
    announcements = api.state.resources.xp.announcements
    for photo_id in range(1, 101):
        await xp.upload(photo_id)
        await xp.approve(photo_id)
    for _ in range(2):
        await xp.approve(1)
        await xp.revoke(1)
        await asyncio.gather(count_owed(utc_now()), count_owed(utc_now()))
    async with news(http, player("2")) as ears:
        await announce_coins(announcements, utc_now())
        await announce_coins(announcements, utc_now())
        heard = await ears.next()
        while heard.name != "littercoin":
            heard = await ears.next()

    assert heard.data == {"user_id": 1, "number": 1}
    assert [(row["progress"], row["coins"]) for row in store["xp_purses"].find()] == [(0, 1)]
    assert store["xp_coins"].count_documents({}) == 1


async def test_photos_that_nobody_has_verified_make_no_coin(xp: XpWorld, store: Store) -> None:
    await xp.upload(1)
    await xp.tag(1, *things(3))

    assert await count_owed(utc_now()) == 0
    assert store["xp_purses"].count_documents({}) == 0
