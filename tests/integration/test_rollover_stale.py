"""A process that has not heard of a rollover yet."""

import asyncio
from datetime import UTC, datetime

from game_world import BOARD, Json, Store, a_board, store_of
from pymongo import MongoClient
from two_processes import two_writers

from app.settings import Settings


def roll(runner, driver, meanwhile) -> None:
    row = runner.run(driver.game.rollovers.begin(BOARD, actor="test", now=datetime.now(UTC)))
    meanwhile()
    runner.run(driver.game.rollovers.run(row["_id"]))


def test_a(settings: Settings, mongo: MongoClient[Json]) -> None:
    store = store_of(mongo, settings)
    with asyncio.Runner() as runner, two_writers(runner, settings) as (rolling, unaware):
        runner.run(rolling.define(a_board()))
        runner.run(rolling.add(1, 5))
        runner.run(rolling.disqualify(1))
        runner.run(unaware.add(2, 5))
        roll(runner, rolling, lambda: runner.run(rolling.reinstate(1)))

        answer = runner.run(unaware.add(1, 7))

    assert answer.cycle == 2
    assert store["entries"].count_documents({"cycle": 1, "state": "open"}) == 0


def test_b(settings: Settings, mongo: MongoClient[Json]) -> None:
    store = store_of(mongo, settings)
    with asyncio.Runner() as runner, two_writers(runner, settings) as (rolling, unaware):
        runner.run(rolling.define(a_board()))
        runner.run(rolling.add(1, 5))
        runner.run(rolling.disqualify(1))
        runner.run(unaware.add(2, 5))
        roll(runner, rolling, lambda: None)

        runner.run(unaware.reinstate(1))

    assert store["entries"].count_documents({"cycle": 1, "state": "open"}) == 0
