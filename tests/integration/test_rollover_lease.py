"""A run has one holder at a time; one that has been taken over writes nothing to its ledger any more."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import pytest
from game_driver import Driver
from game_world import BOARD, Store, a_board

from app.game.errors import LeaseLost
from app.game.ledgers import RunState, Step
from app.game.rollovers.runs import Run, claim, enter, finish, note_shards, put_off, release, renew

pytest_plugins = ["game_fixtures"]

LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)

Act = Callable[[Run], Awaitable[object]]

ACTS: dict[str, Act] = {
    "renew": renew,
    "release": release,
    "enter": lambda run: enter(run, Step.REOPEN),
    "note_shards": lambda run: note_shards(run, 7),
    "finish": lambda run: finish(run, RunState.DONE),
    "put_off": lambda run: put_off(run, ValueError("too late")),
}


@pytest.fixture
async def held(driver: Driver) -> Run:
    """A run that has a holder."""
    await driver.define(a_board())
    row = await driver.game.rollovers.begin(BOARD, actor="test", now=datetime.now(UTC))
    run = await claim(row["_id"])
    assert run
    return run


@pytest.fixture
async def taken_over(held: Run, store: Store) -> Run:
    """The same run as its next holder sees it, the first one having been silent for too long."""
    store["rollovers"].update_one({"_id": held.run_id}, {"$set": {"free_at": LONG_AGO}})
    run = await claim(held.run_id)
    assert run
    return run


async def test_nobody_takes_what_somebody_holds(held: Run) -> None:
    assert await claim(held.run_id) is None


async def test_what_was_let_go_is_free_at_once(held: Run) -> None:
    await release(held)

    assert await claim(held.run_id)


async def test_each_holder_has_a_higher_fence(held: Run, taken_over: Run) -> None:
    assert taken_over.fence == held.fence + 1


@pytest.mark.parametrize("name", ACTS)
async def test_whoever_lost_it_writes_nothing(held: Run, taken_over: Run, store: Store, name: str) -> None:
    before = store["rollovers"].find_one({"_id": taken_over.run_id})

    with pytest.raises(LeaseLost):
        await ACTS[name](held)

    assert store["rollovers"].find_one({"_id": taken_over.run_id}) == before


@pytest.mark.usefixtures("held")
async def test_its_next_holder_goes_on(taken_over: Run, store: Store) -> None:
    await enter(taken_over, Step.RANK)

    (row,) = store["rollovers"].find()
    assert row["step"] == "rank"


async def test_what_is_done_has_no_holder_again(held: Run) -> None:
    await finish(held, RunState.DONE)

    assert await claim(held.run_id) is None
