"""A process that has not heard of a rollover yet changes nothing in the cycle that is over."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from game_driver import Driver
from game_world import BOARD, Json, Store, a_board, account, store_of
from pymongo import MongoClient
from two_processes import settled, two_writers

from app.game.corrections import TierChange
from app.settings import Settings


@dataclass(frozen=True)
class Pair:
    """Two processes: one rolls over, the other remembers the leaderboard as it was for up to a second."""

    runner: asyncio.Runner
    rolling: Driver
    unaware: Driver

    def begin(self) -> str:
        """The unaware one has just looked, and now the cycle ends."""
        self.runner.run(self.unaware.add(9, 5))
        begun = self.rolling.game.rollovers.begin(BOARD, actor="test", now=datetime.now(UTC))
        return str(self.runner.run(begun)["_id"])

    def finish(self, run_id: str) -> None:
        """The run is carried to its end."""
        assert self.runner.run(self.rolling.game.rollovers.run(run_id))["state"] == "done"


Doing = Callable[[Driver], Coroutine[Any, Any, object]]


def set_tier(driver: Driver) -> Coroutine[Any, Any, object]:
    change = TierChange(account(1), BOARD, 0, 3)
    return driver.game.corrections.set_tier(change, actor="test", now=datetime.now(UTC))


def score(driver: Driver) -> Coroutine[Any, Any, object]:
    return driver.add(1, 7)


def look(driver: Driver) -> Coroutine[Any, Any, object]:
    return driver.view(1)


@pytest.fixture
def pair(settings: Settings) -> Iterator[Pair]:
    with asyncio.Runner() as runner, two_writers(runner, settings) as (rolling, unaware):
        runner.run(rolling.define(a_board()))
        runner.run(rolling.add(1, 5))
        yield Pair(runner, rolling, unaware)


@pytest.fixture
def store(mongo: MongoClient[Json], settings: Settings) -> Store:
    return store_of(mongo, settings)


def test_its_scores_count_in_the_cycle_that_takes_them(pair: Pair) -> None:
    pair.finish(pair.begin())

    answer = pair.runner.run(pair.unaware.add(1, 7))

    assert (answer.cycle, answer.score) == (2, 7)


def test_its_scores_during_the_run_are_archived_or_wait(pair: Pair, store: Store) -> None:
    run_id = pair.begin()

    answer = pair.runner.run(pair.unaware.add(1, 7))

    pair.finish(run_id)
    scores = {entry["cycle"]: entry["score"] for entry in store["entries"].find({"account_id": f"{1:024x}"})}
    assert scores[answer.cycle] == answer.score


def test_whoever_was_let_back_during_the_run_scores_in_the_next_cycle(pair: Pair) -> None:
    pair.runner.run(pair.rolling.disqualify(1))
    run_id = pair.begin()
    pair.runner.run(pair.rolling.reinstate(1))
    pair.finish(run_id)

    answer = pair.runner.run(pair.unaware.add(1, 7))

    assert (answer.cycle, answer.score) == (2, 7)


@pytest.mark.parametrize("does", [set_tier, score, look], ids=lambda does: does.__name__)
def test_it_puts_nobody_back_who_was_let_back_during_the_run(pair: Pair, store: Store, does: Doing) -> None:
    pair.runner.run(pair.rolling.disqualify(1))
    pair.begin()
    pair.runner.run(pair.rolling.reinstate(1))

    pair.runner.run(settled(does(pair.unaware)))

    ending = store["entries"].find_one({"cycle": 1, "account_id": account(1)})
    assert ending is not None
    assert ending["state"] == "disqualified"


def test_whoever_it_lets_back_after_the_run_stays_out_of_the_archive(pair: Pair, store: Store) -> None:
    pair.runner.run(pair.rolling.disqualify(1))
    pair.finish(pair.begin())

    pair.runner.run(pair.unaware.reinstate(1))

    assert store["entries"].count_documents({"cycle": 1, "state": "open"}) == 0


def test_a_barred_players_waiting_score_is_ranked_when_the_player_is_let_back(
    pair: Pair, store: Store
) -> None:
    run_id = pair.begin()
    pair.runner.run(pair.rolling.add(1, 7))
    pair.runner.run(pair.rolling.disqualify(1))
    pair.finish(run_id)

    pair.runner.run(pair.rolling.reinstate(1))

    waited = [entry["state"] for entry in store["entries"].find({"cycle": 2})]
    assert waited == ["open"]
