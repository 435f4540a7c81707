"""Scores that arrive while a leaderboard rolls over."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest
from game_driver import Driver
from game_world import BOARD, Json, Store, World, a_board, a_key, account, together

from app.game.documents import EntryDocument
from app.game.placement import _keep_waiting
from app.game.players import scorer_of
from app.game.receipts import Receipt, ScoreAnswer
from app.game.rollovers.reopening import open_next_cycle
from app.game.rollovers.runs import claim
from app.game.score_round import ScoreOrder, keyed
from app.resources import Resources

pytest_plugins = ["game_fixtures"]

LONG_ENOUGH_S = 0.3


@pytest.fixture
def resources(api: Any) -> Resources:
    """What the service itself has open: one process holds one set."""
    opened: Resources = api.state.resources
    return opened


@pytest.fixture
async def locked(driver: Driver, resources: Resources) -> str:
    """Player 1 has 50, player 2 has 30, and the board is locked; the run that did it."""
    await driver.define(a_board())
    await driver.add(1, 50)
    await driver.add(2, 30)
    row = await resources.game.rollovers.begin(BOARD, actor="test", now=datetime.now(UTC))
    return str(row["_id"])


@pytest.mark.usefixtures("locked")
async def test_a_score_during_a_rollover_is_accepted_for_the_next_cycle(world: World) -> None:
    answer = await world.send(1, 7)

    assert (answer.status_code, answer.json()["pending"], answer.json()["cycle"]) == (202, True, 2)


async def test_it_counts_in_the_next_cycle_with_exactly_its_value(
    driver: Driver, resources: Resources, locked: str
) -> None:
    await together(driver.add(1, 7), driver.add(1, 4), driver.add(3, 5))
    await resources.game.rollovers.run(locked)

    view = await driver.view(1)
    assert [(line.account_id, line.score) for line in view.view.top] == [(account(1), 11), (account(3), 5)]


async def test_it_changes_nothing_of_the_cycle_that_ends(
    driver: Driver, resources: Resources, store: Store, locked: str
) -> None:
    await driver.add(1, 7)
    row = await resources.game.rollovers.run(locked)

    sealed = {
        row["account_id"]: (row["score"], row["rank"]) for row in store["entries"].find({"state": "sealed"})
    }
    assert (row["state"], sealed) == ("done", {account(1): (50, 1), account(2): (30, 2)})


async def test_a_retry_of_a_pending_score_is_counted_once(
    driver: Driver, resources: Resources, locked: str
) -> None:
    key = a_key()
    first = await driver.add(1, 7, key=key)
    again = await driver.add(1, 7, key=key)
    await resources.game.rollovers.run(locked)
    after = await driver.add(1, 7, key=key)

    assert first == again == after
    assert (await driver.view(1)).view.top[0].score == 7


async def test_a_retry_of_a_score_whose_receipt_was_never_copied_leaves_nothing_in_the_next_cycle(
    driver: Driver, resources: Resources, store: Store, locked: str
) -> None:
    """As if the writer had been killed between the score, in the cycle that ends, and the receipt's copy."""
    key = a_key()
    now = datetime.now(UTC)
    answer = ScoreAnswer(BOARD, "shard", None, account(1), 1, 0, score=50, version=1, last_updated=5)
    order = keyed(ScoreOrder(account(1), BOARD, None, 50), caller="test", key=key)
    assert order.key
    receipt = Receipt(order.key.receipt_id, order.key.fingerprint, answer, now)
    store["entries"].update_one({"account_id": account(1)}, {"$set": {"receipts": [receipt.to_row()]}})

    again = await driver.game.scores.add(order)
    await resources.game.rollovers.run(locked)

    assert again == answer
    assert await driver.game.scores.add(order) == answer
    assert store["entries"].count_documents({"cycle": 2}) == 0


async def test_a_cycle_does_not_open_while_somebody_is_about_to_wait_for_it(
    driver: Driver, resources: Resources, store: Store, locked: str
) -> None:
    """Else the rollover could look for those who wait just before the last of them is there."""
    now = datetime.now(UTC)
    run = await claim(locked)
    assert run
    stranger = scorer_of(await driver.game.leaderboards.get(BOARD), None, account(3))
    client = EntryDocument.get_motor_collection().database.client
    async with await client.start_session() as session, session.start_transaction():
        await _keep_waiting(session, players=[stranger], now=now)
        opening = asyncio.create_task(open_next_cycle(run, resources.times, now=now))
        done, _ = await asyncio.wait([opening], timeout=LONG_ENOUGH_S)
        assert not done
    await opening

    assert [entry["state"] for entry in store["entries"].find({"cycle": 2})] == ["pending"]


async def test_a_player_who_scored_while_waiting_is_active_in_the_next_cycle(
    driver: Driver, resources: Resources, world: World, locked: str
) -> None:
    await driver.add(3, 7)
    await resources.game.rollovers.run(locked)

    record: Json = await world.enrollment(3)
    assert (record["isActive"], record["seasonalMaxTier"], record["activeTier"]) == (True, 0, 0)


@pytest.mark.usefixtures("locked")
async def test_rankings_stay_readable_while_it_is_locked(world: World) -> None:
    assert [line["score"] for line in (await world.view(1))["topScores"]] == [50, 30]


@pytest.mark.usefixtures("locked")
async def test_a_newcomer_sees_no_shard_while_it_is_locked(world: World) -> None:
    assert (await world.rankings(3))["leaderboards"] == []


async def test_deleting_a_locked_board_loses_the_run_and_what_waited(
    driver: Driver, resources: Resources, locked: str
) -> None:
    await driver.add(1, 7)
    await driver.define(a_board(), delete=(BOARD,))
    row = await resources.game.rollovers.run(locked)
    await driver.add(4, 9)

    view = await driver.view(4)
    assert (row["state"], view.leaderboard.cycle, [line.score for line in view.view.top]) == (
        "abandoned",
        3,
        [9],
    )
