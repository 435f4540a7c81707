"""XP boards in the rank index: what goes wrong with them is found, and mended from MongoDB."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from game_world import Store
from redis import Redis

from app.kit.clock import utc_now
from app.ranking.index import Change, LeadersOf
from app.resources import Resources, open_resources
from app.settings import Settings
from app.xp.board_building import build_board, build_missing_board, build_missing_boards, live_board_ids
from app.xp.board_checks import check_board, sample_drift
from app.xp.indexing import repair_owed
from app.xp.photos import UploadFacts
from app.xp.rules.boards import account_text
from app.xp.rules.places import Place
from app.xp.rules.tags import Tag

pytest_plugins = ["game_fixtures"]

WORLD = "{g}:lb:xp"
USERS = 5
PHOTOS = 60


@pytest.fixture
async def other(resources: Resources, settings: Settings) -> AsyncIterator[Resources]:  # noqa: ARG001 # opened first
    """What another process has open."""
    async with open_resources(settings) as opened:
        yield opened


@pytest.fixture
def redis(settings: Settings) -> Any:
    return Redis.from_url(settings.redis_url)


async def photograph(resources: Resources, photo_id: int, user_id: int, things: int = 0) -> None:
    photos = resources.xp.photos
    await photos.upload(UploadFacts(photo_id, user_id, Place(5, 6, 7)), now=utc_now())
    if things:
        await photos.tag(photo_id, [Tag(things, "bottle")])


async def test_photos_told_by_two_processes_at_once_count_once(
    resources: Resources, other: Resources, store: Store
) -> None:
    await asyncio.gather(
        *(
            photograph(process, photo_id, 1 + photo_id % USERS, things=3)
            for photo_id in range(PHOTOS)
            for process in (resources, other)
        )
    )

    world = {"location_type": 0, "timescale": 0}
    found = {row["user_id"]: row["xp"] for row in store["metrics"].find(world)}
    each = PHOTOS // USERS * 8
    assert found == {0: each * USERS, **dict.fromkeys(range(1, USERS + 1), each)}
    drifts = [await check_board(resources.ranks, board_id) async for board_id in live_board_ids(utc_now())]
    assert len(drifts) == 20
    assert [drift for drift in drifts if drift.wrong] == []


async def test_a_line_that_differs_is_found_and_mended(resources: Resources, redis: Any) -> None:
    await photograph(resources, 1, 1)
    await photograph(resources, 2, 2)
    (member, *_) = redis.zrange(WORLD, 0, -1)
    redis.zadd(WORLD, {member: -77})

    drift = await check_board(resources.ranks, WORLD)
    sampled = await sample_drift(resources.ranks, utc_now())
    await build_board(resources.ranks, WORLD, utc_now())

    assert (drift.entries, drift.wrong) == (2, 1)
    assert sampled.entries == 10
    assert (await check_board(resources.ranks, WORLD)).wrong == 0


async def test_rows_whose_writer_has_died_are_brought_in(resources: Resources, store: Store) -> None:
    await photograph(resources, 1, 1)
    store["xp_owed_lines"].delete_many({})
    store["metrics"].update_one({"_id": "0:0:0:1:1970-01-01"}, {"$inc": {"xp": 3, "version": 1}})
    store["xp_owed_lines"].insert_one({"_id": "a", "at": utc_now(), "rows": ["0:0:0:1:1970-01-01"]})

    too_early = await repair_owed(resources.ranks, utc_now())
    later = await repair_owed(resources.ranks, utc_now() + timedelta(seconds=5))

    assert (too_early, later) == (0, 1)
    assert (await check_board(resources.ranks, WORLD)).wrong == 0
    assert store["xp_owed_lines"].count_documents({"_id": "a"}) == 0


async def test_whoever_has_left_a_board_is_not_brought_back_by_a_late_write(resources: Resources) -> None:
    await photograph(resources, 1, 1)
    await photograph(resources, 2, 2)
    await resources.xp.photos.delete(1)
    await build_board(resources.ranks, WORLD, utc_now())

    await resources.ranks.submit([Change(WORLD, account_text(1), 1, 5, 0)])

    (leaders,), _ = await resources.ranks.leaders([LeadersOf(WORLD, 0, 10)], stamp="s")
    assert leaders is not None
    assert [account for account, _ in leaders.lines] == [account_text(2)]


async def test_missing_boards_are_built_and_only_those(resources: Resources, redis: Any) -> None:
    await photograph(resources, 1, 1)
    redis.delete(WORLD, f"{WORLD}:lines")

    assert await build_missing_boards(resources.ranks, utc_now()) == 1
    assert await build_missing_boards(resources.ranks, utc_now()) == 0


async def test_a_board_of_the_past_is_built_when_asked_for_and_kept_for_a_day(
    resources: Resources, redis: Any
) -> None:
    long_ago = datetime(2020, 2, 10, tzinfo=UTC)
    facts = UploadFacts(1, 1, Place(5), created_at=long_ago)
    await resources.xp.photos.upload(facts, now=utc_now())
    board_id = "{g}:lb:xp:2020-02"
    (ready_before,) = await resources.ranks.are_ready([board_id])

    await build_missing_board(resources.ranks, board_id, utc_now())

    assert not ready_before
    assert (await resources.ranks.are_ready([board_id])) == [True]
    assert 86_000 < redis.ttl(board_id) <= 86_400
    assert board_id not in [one async for one in live_board_ids(utc_now())]
