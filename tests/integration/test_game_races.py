"""Moments in which two things happen to one leaderboard or one key."""

import asyncio

import pytest
from game_driver import Driver
from game_world import BOARD, Store, a_board, a_key, account, together

from app.game.definitions import discard_deleted_cycles
from app.game.errors import RequestStillRunning
from app.resources import Resources

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
