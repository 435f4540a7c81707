"""The rank index beside MongoDB: always equal to it, or silent and built again."""

import asyncio
import random
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from conftest import SettingsFactory
from game_driver import Driver, expected, indexed, only_shard, ranking, shown, some_traffic, told
from game_world import BOARD, GUILD, Json, Store, a_board, account, store_of, together
from pymongo import MongoClient
from redis import Redis

from app.dev.servers import Server, start_redis
from app.game.corrections import TierChange
from app.game.definitions import discard_deleted_cycles
from app.game.indexing import build_board, build_missing_boards
from app.game.standings import read_top, read_view
from app.ranking.index import RankedLine
from app.resources import Resources, open_resources

pytest_plugins = ["game_fixtures"]


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

    (view,) = await resources.ranks.views([(str(answer.shard_id), account(1))])
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


async def test_a_leaderboard_is_deleted_without_the_index_and_cleared_up_with_it(
    lonely: Resources, own_redis: Server, mongo: MongoClient[Json]
) -> None:
    driver, store = Driver(lonely.game), store_of(mongo, lonely.settings)
    await driver.define(a_board())
    await some_traffic(driver, 5, 1)
    own_redis.kill()
    await driver.define(delete=(BOARD,))
    left = store["shards"].count_documents({})
    own_redis.restart()
    await asyncio.sleep(0.6)

    await discard_deleted_cycles(lonely.ranks)

    assert (left, store["shards"].count_documents({}), store["discards"].count_documents({})) == (1, 0, 0)
