"""The rank index beside MongoDB: always equal to it, or silent and built again."""

import asyncio
import random
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from conftest import SettingsFactory
from game_driver import Driver, ranking, seen_by, told
from game_world import BOARD, GUILD, Json, Store, a_board, account, store_of, together
from pymongo import MongoClient
from redis import Redis

from app.dev.servers import Server, start_redis
from app.game.corrections import TierChange
from app.game.entry_writes import EntryWrite, write_entries
from app.game.indexing import build_board, build_missing_boards, check_board, sample_drift
from app.game.journal import SILENT_AFTER, repair_after_silent_writers
from app.game.rules.scoring import LineState
from app.game.standings import read_top, read_view
from app.ranking.index import Change, RankedLine
from app.resources import Resources, open_resources
from app.settings import Settings

pytest_plugins = ["game_fixtures"]


def expected(store: Store) -> dict[tuple[str, str], Json]:
    """What every account sees of every shard it is in."""
    views: dict[tuple[str, str], Json] = {}
    for shard in store["shards"].find():
        lines = ranking(store, shard["_id"])
        views |= {(shard["_id"], line.account_id): seen_by(line.account_id, lines) for line in lines}
    return views


async def indexed(resources: Resources, store: Store) -> dict[tuple[str, str], Json]:
    """The same from the index alone."""
    places = list(expected(store))
    views = await resources.ranks.views(places)
    return {place: told(view) for place, view in zip(places, views, strict=True) if view is not None}


async def shown(driver: Driver, store: Store) -> dict[tuple[str, str], Json]:
    """The same as the rankings route gives it."""
    entries = list(store["entries"].find({"state": {"$ne": "disqualified"}}))
    views = await together(
        *(driver.view(int(entry["account_id"], 16), guild=entry["guild_id"]) for entry in entries)
    )
    return {
        (view.shard_id, entry["account_id"]): told(view.view)
        for entry, view in zip(entries, views, strict=True)
    }


async def some_traffic(driver: Driver, players: int, seed: int, *, rounds: int = 2) -> None:
    """Scores so low that most lines are tied, of everybody at once."""
    draw = random.Random(seed)
    for _ in range(rounds):
        await together(*(driver.add(number, draw.randint(-3, 6) or 1) for number in range(1, players + 1)))


def only_shard(store: Store) -> str:
    """The one shard there is."""
    (shard,) = store["shards"].find()
    return str(shard["_id"])


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_every_view_of_a_busy_board_is_what_mongodb_says(
    resources: Resources, driver: Driver, store: Store, seed: int
) -> None:
    draw = random.Random(seed)
    await driver.define(a_board(players=230, tiers=3))
    await some_traffic(driver, 300, seed)
    await together(*(driver.add(number, draw.randint(1, 4), guild=GUILD) for number in range(1, 40)))
    for number in draw.sample(range(1, 300), 30):
        change = TierChange(account(number), BOARD, draw.randint(0, 2), draw.choice([None, 0, 5]))
        await resources.game.corrections.set_tier(change, actor="test", now=datetime.now(UTC))
    await together(*(driver.disqualify(number) for number in range(100, 110)))
    await some_traffic(driver, 99, seed + 1)

    assert await indexed(resources, store) == expected(store)


@pytest.mark.parametrize("players", [1, 26, 50, 51, 76, 199, 200, 201, 260])
async def test_mongodb_alone_answers_what_the_index_answers(
    driver: Driver, store: Store, resources: Resources, players: int
) -> None:
    await driver.define(a_board())
    await some_traffic(driver, players, players)
    shard_id = only_shard(store)
    lines = ranking(store, shard_id)
    some = {line.account_id for line in lines[:2] + lines[24:28] + lines[49:52:2] + lines[::29] + lines[-3:]}

    fallback = {name: told(await read_view(shard_id, name)) for name in some}

    assert fallback == {
        name: view for (_, name), view in (await indexed(resources, store)).items() if name in some
    }


async def test_the_best_lines_are_the_same_from_both(
    driver: Driver, store: Store, resources: Resources
) -> None:
    await driver.define(a_board())
    await some_traffic(driver, 30, 4)
    shard_id = only_shard(store)

    assert (
        await resources.ranks.top(shard_id, 7) == await read_top(shard_id, 7) == ranking(store, shard_id)[:7]
    )


async def test_a_score_is_in_the_index_when_it_is_answered(driver: Driver, resources: Resources) -> None:
    await driver.define(a_board())

    answer = await driver.add(1, 7)

    (view,) = await resources.ranks.views([(answer.shard_id, account(1))])
    assert view is not None
    assert view.nearby == [RankedLine(1, account(1), 7, answer.last_updated)]


async def test_views_stay_right_when_the_index_is_flushed_under_traffic(
    driver: Driver, store: Store, redis_url: str
) -> None:
    await driver.define(a_board(players=60))
    await some_traffic(driver, 90, 1)
    traffic = asyncio.create_task(some_traffic(driver, 90, 2))
    await asyncio.sleep(0.005)
    with Redis.from_url(redis_url) as redis:
        redis.flushall()
    await traffic

    assert await shown(driver, store) == expected(store)


async def test_a_flushed_index_comes_back_as_a_worker_builds_it(
    resources: Resources, driver: Driver, store: Store, redis_url: str
) -> None:
    await driver.define(a_board(players=60))
    await some_traffic(driver, 90, 1)
    with Redis.from_url(redis_url) as redis:
        redis.flushall()
    await together(some_traffic(driver, 90, 2), build_missing_boards(resources.ranks))
    await build_missing_boards(resources.ranks)

    assert await indexed(resources, store) == expected(store)


async def test_what_is_not_missing_is_not_built(resources: Resources, driver: Driver) -> None:
    await driver.define(a_board())
    await some_traffic(driver, 5, 1)

    assert await build_missing_boards(resources.ranks) == 0


async def test_a_board_is_built_once_by_many_builders(
    resources: Resources, driver: Driver, store: Store, redis_url: str
) -> None:
    await driver.define(a_board())
    await some_traffic(driver, 40, 1)
    with Redis.from_url(redis_url) as redis:
        redis.flushall()

    await together(*(build_board(resources.ranks, only_shard(store)) for _ in range(5)))

    assert await indexed(resources, store) == expected(store)


@pytest.fixture
def own_redis(tmp_path: Path) -> Iterator[Server]:
    server = start_redis(tmp_path / "redis")
    yield server
    server.kill()


@pytest.fixture
async def lonely(settings_for: SettingsFactory, own_redis: Server) -> AsyncIterator[Resources]:
    """Resources on a Redis that a test may stop."""
    async with open_resources(settings_for(redis_url=own_redis.uri)) as opened:
        yield opened


async def test_without_the_index_scores_are_accepted_and_views_are_right(
    lonely: Resources, own_redis: Server, mongo: MongoClient[Json]
) -> None:
    driver, store = Driver(lonely.game), store_of(mongo, lonely.settings)
    await driver.define(a_board(players=30))
    await some_traffic(driver, 20, 1)
    own_redis.kill()
    await some_traffic(driver, 50, 2)

    assert await shown(driver, store) == expected(store)


async def test_an_index_that_comes_back_empty_is_built_again(
    lonely: Resources, own_redis: Server, mongo: MongoClient[Json]
) -> None:
    driver, store = Driver(lonely.game), store_of(mongo, lonely.settings)
    await driver.define(a_board(players=30))
    own_redis.kill()
    await some_traffic(driver, 50, 1)
    own_redis.restart()
    await asyncio.sleep(0.6)  # as long as nobody tries a Redis that was away
    await build_missing_boards(lonely.ranks)

    assert await indexed(lonely, store) == expected(store)


async def a_write_never_indexed(store: Store, number: int, score: int) -> None:
    """What a process leaves that was killed between MongoDB and the index."""
    entry = store["entries"].find_one({"account_id": account(number)})
    assert entry is not None
    now_ms = int(datetime.now(UTC).timestamp() * 1000)
    after = LineState(score=score, version=entry["version"] + 1, last_updated=now_ms)
    write = EntryWrite(entry["_id"], entry["shard_id"], entry["account_id"], entry["version"], after)
    assert await write_entries([write], now_ms=now_ms) == set()


def a_writer(store: Store, *, silent_for: timedelta) -> None:
    """A process that has said nothing for so long."""
    now = datetime.now(UTC)
    since = int((now - silent_for).timestamp() * 1000)
    store["writers"].insert_one({"_id": "killed", "since": since, "seen_at": now - silent_for})


async def test_what_a_killed_process_left_unindexed_is_repaired(
    resources: Resources, driver: Driver, store: Store
) -> None:
    await driver.define(a_board())
    await some_traffic(driver, 5, 1)
    a_writer(store, silent_for=SILENT_AFTER + timedelta(seconds=1))
    await a_write_never_indexed(store, 3, 100)

    await repair_after_silent_writers(resources.ranks)

    assert await indexed(resources, store) == expected(store)


async def test_a_repaired_writer_is_forgotten(resources: Resources, store: Store) -> None:
    a_writer(store, silent_for=SILENT_AFTER + timedelta(seconds=1))

    await repair_after_silent_writers(resources.ranks)

    assert store["writers"].find_one({"_id": "killed"}) is None


async def test_a_writer_that_spoke_lately_answers_for_itself(resources: Resources, store: Store) -> None:
    a_writer(store, silent_for=timedelta(seconds=0.5))

    await repair_after_silent_writers(resources.ranks)

    assert store["writers"].find_one({"_id": "killed"}) is not None


async def test_a_process_says_that_it_writes_before_it_writes(driver: Driver, store: Store) -> None:
    await driver.define(a_board())
    before = int(datetime.now(UTC).timestamp() * 1000)

    await driver.add(1, 5)

    (writer,) = store["writers"].find()
    assert writer["since"] <= before + 1_000


async def test_a_process_that_stops_in_order_owes_nothing(settings: Settings, store: Store) -> None:
    async with open_resources(settings) as opened:
        driver = Driver(opened.game)
        await driver.define(a_board())
        await driver.add(1, 5)

    assert store["writers"].count_documents({}) == 0


async def test_no_drift_is_found_where_there_is_none(
    resources: Resources, driver: Driver, store: Store
) -> None:
    await driver.define(a_board())
    await some_traffic(driver, 40, 1)
    await driver.disqualify(3)

    drift = await check_board(resources.ranks, only_shard(store))

    assert (drift.ready, drift.entries, drift.wrong) == (True, 39, 0)


async def test_no_drift_is_found_under_traffic(resources: Resources, driver: Driver, store: Store) -> None:
    await driver.define(a_board())
    await some_traffic(driver, 40, 1)

    drift, _ = await together(
        check_board(resources.ranks, only_shard(store)), some_traffic(driver, 40, 2, rounds=20)
    )

    assert drift.wrong == 0


@pytest.mark.parametrize(
    ("number", "planted"),
    [
        (2, {"score": 99}),
        (2, {"last_updated": 1}),
        (2, {"present": False}),
        (77, {}),
    ],
    ids=["another score", "another time", "no line", "a line of nobody"],
)
async def test_planted_drift_is_found(
    resources: Resources, driver: Driver, store: Store, number: int, planted: dict[str, Any]
) -> None:
    await driver.define(a_board())
    await some_traffic(driver, 5, 1)
    line = {"version": 50, "score": 3, "last_updated": 5} | planted
    shard_id = only_shard(store)
    await resources.ranks.submit([Change(shard_id, account(number), **line)])

    drift = await check_board(resources.ranks, shard_id)

    assert drift.wrong == 1


async def test_a_sample_finds_what_was_written_lately_and_not_indexed(
    resources: Resources, driver: Driver, store: Store
) -> None:
    await driver.define(a_board())
    await some_traffic(driver, 5, 1)
    await a_write_never_indexed(store, 3, 100)

    assert (await sample_drift(resources.ranks)).wrong == 1


async def test_a_board_that_is_gone_is_not_ready(
    resources: Resources, driver: Driver, store: Store, redis_url: str
) -> None:
    await driver.define(a_board())
    await some_traffic(driver, 5, 1)
    with Redis.from_url(redis_url) as redis:
        redis.flushall()

    assert not (await check_board(resources.ranks, only_shard(store))).ready
