"""Moments in which two things happen to one leaderboard or one key."""

import asyncio
import threading
from datetime import UTC, datetime

import pytest
import structlog
from game_driver import Driver, expected, indexed
from game_world import BOARD, Store, a_board, a_key, account, together
from pymongo.errors import BulkWriteError

from app.game.corrections import TierChange
from app.game.definitions import discard_deleted_cycles
from app.game.errors import RequestStillRunning, UnknownEnrollment
from app.game.indexing import build_missing_board
from app.game.journal import RENEWED_EVERY_S
from app.game.standings import read_view
from app.ranking.index import View
from app.resources import Resources, open_resources
from app.settings import Settings

pytest_plugins = ["game_fixtures"]


async def test_a_retry_counts_nothing_while_the_request_of_a_caller_that_gave_up_runs(
    driver: Driver, store: Store
) -> None:
    await driver.define(a_board())
    key = a_key()
    first = asyncio.create_task(driver.add(1, 5, key=key))
    await asyncio.sleep(0)
    first.cancel()

    with pytest.raises(RequestStillRunning):
        await driver.add(1, 5, key=key)
    await driver.game.scores.aclose()

    assert [entry["score"] for entry in store["entries"].find()] == [5]


async def test_a_key_may_be_retried_once_the_request_of_a_caller_that_gave_up_has_ended(
    driver: Driver,
) -> None:
    await driver.define(a_board())
    key = a_key()
    first = asyncio.create_task(driver.add(1, 5, key=key))
    await asyncio.sleep(0)
    first.cancel()
    await driver.game.scores.aclose()

    assert (await driver.add(1, 5, key=key)).version == 1


async def test_rules_read_before_a_change_are_not_remembered_after_it(driver: Driver, store: Store) -> None:
    await driver.define(a_board())
    leaderboards = driver.game.leaderboards
    for version in range(2, 12):
        leaderboards.forget(BOARD)
        reading = asyncio.create_task(leaderboards.get(BOARD))
        await asyncio.sleep(0.0005)
        store["leaderboards"].update_one({"_id": BOARD}, {"$set": {"rules_version": version}})
        leaderboards.forget(BOARD)
        await reading

        assert (await leaderboards.get(BOARD)).rules_version == version


async def test_a_deleted_cycle_takes_no_other_with_it(resources: Resources, store: Store) -> None:
    cycles = [("arena", 1), ("arena", 10), ("arena-2", 1), ("aren", 1)]
    for leaderboard_id, cycle in cycles:
        store["entries"].insert_one(
            {"_id": f"{leaderboard_id}/{cycle}/public/{account(1)}", "account_id": account(1)}
        )
    store["discards"].insert_one({"_id": "arena/1", "leaderboard_id": "arena", "cycle": 1})

    await discard_deleted_cycles(resources.ranks)

    assert {entry["_id"].rsplit("/", 2)[0] for entry in store["entries"].find()} == {
        "arena/10",
        "arena-2/1",
        "aren/1",
    }


async def test_scores_while_a_leaderboard_starts_over_are_in_one_cycle_or_the_other(
    driver: Driver, store: Store
) -> None:
    await driver.define(a_board(players=5))
    await together(*(driver.add(number, 1) for number in range(1, 21)))

    await together(
        driver.define(a_board(players=5), delete=(BOARD,)),
        *(driver.add(number, 1) for number in range(1, 41)),
    )
    await together(*(driver.add(number, 1) for number in range(1, 41)))

    assert {entry["cycle"] for entry in store["entries"].find()} == {2}
    assert sorted(shard["seats"] for shard in store["shards"].find()) == [5] * 8


async def test_a_score_of_which_only_the_receipt_failed_is_indexed_all_the_same(
    resources: Resources, driver: Driver, store: Store
) -> None:
    await driver.define(a_board())
    await driver.add(1, 5)
    store.command("collMod", "receipts", validator={"refuses": "all"})
    with pytest.raises(BulkWriteError):
        await driver.add(1, 7, key=a_key())

    await asyncio.sleep(3 * RENEWED_EVERY_S)

    assert await indexed(resources, store) == expected(store)


async def test_a_deletion_is_made_even_if_what_it_leaves_cannot_be_removed_yet(
    driver: Driver, store: Store
) -> None:
    await driver.define(a_board())
    await driver.add(1, 5)
    store.command("collMod", "enrollments", validator={"current_shard_id": {"$type": "string"}})

    await driver.define(delete=(BOARD,))

    assert [discard["_id"] for discard in store["discards"].find()] == [f"{BOARD}/1"]


async def test_a_tier_is_set_in_the_cycle_that_another_process_began(driver: Driver, store: Store) -> None:
    await driver.define(a_board(tiers=2))
    await driver.add(1, 5)
    store["leaderboards"].update_one({"_id": BOARD}, {"$set": {"cycle.number": 2}})

    await driver.game.corrections.set_tier(
        TierChange(account(1), BOARD, tier=1), actor="test", now=datetime.now(UTC)
    )

    assert [(entry["cycle"], entry["tier"]) for entry in store["entries"].find().sort("cycle")] == [
        (1, 0),
        (2, 1),
    ]


async def test_a_board_that_someone_else_has_built_meanwhile_is_left_alone(
    resources: Resources, driver: Driver
) -> None:
    await driver.define(a_board())
    shard_id = str((await driver.add(1, 5)).shard_id)

    with structlog.testing.capture_logs() as events:
        is_ready = await build_missing_board(resources.ranks, shard_id)

    assert (is_ready, events) == (True, [])


async def test_a_view_of_a_line_that_vanishes_meanwhile_is_the_view_of_nobody(
    driver: Driver, store: Store
) -> None:
    await driver.define(a_board())
    shard_id = str((await driver.add(1, 5)).shard_id)
    entry = {"_id": f"{BOARD}/1/public/{account(1)}"}
    vanishing = threading.Event()

    def flicker() -> None:
        while not vanishing.is_set():
            store["entries"].update_one(entry, {"$set": {"state": "disqualified"}})
            store["entries"].update_one(entry, {"$set": {"state": "open"}})

    flickering = asyncio.create_task(asyncio.to_thread(flicker))
    views = await asyncio.gather(
        *(read_view(shard_id, account(1)) for _ in range(200)), return_exceptions=True
    )
    vanishing.set()
    await flickering

    assert {type(view) for view in views} <= {View, UnknownEnrollment}


async def test_a_receipt_that_only_the_entry_has_is_copied_when_a_retry_is_answered_from_it(
    settings: Settings, store: Store
) -> None:
    key = a_key()
    async with open_resources(settings) as killed:
        await Driver(killed.game).define(a_board())
        first = await Driver(killed.game).add(1, 5, key=key)
    store["receipts"].delete_many({})

    async with open_resources(settings) as opened:
        again = await Driver(opened.game).add(1, 5, key=key)

    assert (again, store["receipts"].count_documents({})) == (first, 1)
