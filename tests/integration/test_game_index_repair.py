"""What a killed process leaves between MongoDB and the index is repaired, and any difference is found."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from game_driver import Driver, expected, indexed, only_shard, some_traffic
from game_world import Store, a_board, account, together
from redis import Redis

from app.game.entry_writes import EntryWrite, write_entries
from app.game.indexing import check_board, sample_drift
from app.game.journal import SILENT_AFTER, repair_after_silent_writers
from app.game.rules.scoring import LineState
from app.ranking.index import Change
from app.resources import Resources, open_resources
from app.settings import Settings

pytest_plugins = ["game_fixtures"]


async def a_write_never_indexed(store: Store, number: int, score: int) -> None:
    """What a process leaves that was killed between MongoDB and the index."""
    entry = store["entries"].find_one({"account_id": account(number)})
    assert entry is not None
    now_ms = int(datetime.now(UTC).timestamp() * 1000)
    after = LineState(score=score, version=entry["version"] + 1, last_updated=now_ms)
    write = EntryWrite(entry["_id"], entry["account_id"], entry["version"], after)
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
