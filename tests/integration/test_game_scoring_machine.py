"""Two writers on one database against a model in plain Python, driven by Hypothesis."""

import asyncio
from collections import defaultdict
from collections.abc import Coroutine, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import count
from typing import Any

import hypothesis
import pytest
from game_driver import Driver, ranking, seen_by, told
from game_world import GUILD, Json, Store, a_board, account, store_of
from hypothesis import HealthCheck, assume
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from pymongo import MongoClient
from scoring_model import Line, LineKey, Model, Order, Record
from two_processes import settled, two_writers

from app.game.corrections import TierChange
from app.game.errors import (
    AccountDisqualified,
    IdempotencyKeyReused,
    RequestStillRunning,
    UnknownEnrollment,
)
from app.game.receipts import ScoreAnswer
from app.game.score_round import ScoreOrder
from app.settings import Settings

TIERS = 3

writers = st.integers(0, 1)
players = st.integers(1, 6)
guilds = st.sampled_from([None, None, None, GUILD])
deltas = st.integers(-30, 30).filter(bool)
keys = st.sampled_from([None, None, None, "k1", "k2", "k3"])


def _alike(batch: list[Order]) -> list[Order]:
    """Orders at once under one key are retries of each other: all say what the first says."""
    first: dict[str | None, Order] = {}
    return [
        first.setdefault(order.key, order)._replace(writer=order.writer) if order.key else order
        for order in batch
    ]


orders = st.builds(Order, writers, players, guilds, deltas, keys)
batches = st.lists(orders, min_size=1, max_size=8).map(_alike)


@dataclass(frozen=True)
class Stage:
    """What all examples share."""

    runner: asyncio.Runner
    drivers: list[Driver]
    store: Store
    numbers: Iterator[int] = field(default_factory=count)


class ScoringMachine(RuleBasedStateMachine):
    """Each example is a leaderboard of its own."""

    stage: Stage

    @initialize(capacity=st.integers(1, 4))
    def begin(self, capacity: int) -> None:
        self.board = f"board-{next(self.stage.numbers)}"
        self.model = Model(capacity)
        self.seats: dict[str, int] = {}
        self._do(self.stage.drivers[0].define(a_board(self.board, players=capacity, tiers=TIERS)))

    @rule(batch=batches)
    def scores_at_once(self, batch: list[Order]) -> None:
        outcomes = self._do(settled(*(self._add(order) for order in batch)))
        applied: dict[LineKey, list[tuple[ScoreAnswer, int]]] = defaultdict(list)
        for order, outcome in zip(batch, outcomes, strict=True):
            if isinstance(outcome, ScoreAnswer) and self._is_first(order, outcome):
                applied[order.player, order.guild].append((outcome, order.delta))
        for order, outcome in zip(batch, outcomes, strict=True):
            if not isinstance(outcome, ScoreAnswer):
                self._require_reason(order, outcome, batch)
        for (player, guild), answers in applied.items():
            self._follow(player, guild, sorted(answers, key=lambda answer: answer[0].version))

    @rule(writer=writers, player=players)
    def nothing_is_scored(self, writer: int, player: int) -> None:
        order = ScoreOrder(account(player), self.board, None, 0)
        (outcome,) = self._do(
            settled(
                self.stage.drivers[writer].game.submissions.submit(order, player_token=None, now_ms=_now_ms())
            )
        )
        assert isinstance(outcome, AccountDisqualified) if player in self.model.barred else outcome is None

    @rule(writer=writers, player=players)
    def looks(self, writer: int, player: int) -> None:
        (view,) = self._do(settled(self.stage.drivers[writer].view(player, self.board)))
        if player in self.model.barred:
            assert isinstance(view, IndexError)
            return
        self.model.place(player)
        assert told(view.view) == seen_by(account(player), ranking(self.stage.store, view.shard_id))

    @rule(writer=writers, player=players)
    def is_disqualified(self, writer: int, player: int) -> None:
        self._do(self.stage.drivers[writer].disqualify(player, self.board))
        if player not in self.model.barred:
            self.model.barred.add(player)
            self.model.turn(player)

    @rule(writer=writers, player=players)
    def is_let_back(self, writer: int, player: int) -> None:
        self._do(self.stage.drivers[writer].reinstate(player, self.board))
        if player in self.model.barred:
            self.model.barred.remove(player)
            self.model.turn(player)

    @rule(writer=writers, wanted=st.dictionaries(players, st.integers(0, 50), min_size=1))
    def scores_are_set(self, writer: int, wanted: dict[int, int]) -> None:
        pairs = [(account(player), score) for player, score in wanted.items()]
        outcomes = self._do(
            self.stage.drivers[writer].game.corrections.set_scores(
                self.board, pairs, actor="test", now=datetime.now(UTC)
            )
        )
        for (player, score), outcome in zip(wanted.items(), outcomes, strict=True):
            if (player, None) not in self.model.lines:
                assert isinstance(outcome, UnknownEnrollment)
            elif player in self.model.barred:
                assert isinstance(outcome, AccountDisqualified)
            else:
                assert outcome == self.model.write(player, None, score=score).version

    @rule(
        writer=writers,
        player=players,
        tier=st.integers(0, TIERS - 1),
        score=st.none() | st.integers(0, 50),
    )
    def tier_is_set(self, writer: int, player: int, tier: int, score: int | None) -> None:
        # An entry in a guild would stay in its tier, and which of the two is active is the last score's.
        assume((player, GUILD) not in self.model.lines)
        change = TierChange(account(player), self.board, tier, score)
        (outcome,) = self._do(
            settled(
                self.stage.drivers[writer].game.corrections.set_tier(
                    change, actor="test", now=datetime.now(UTC)
                )
            )
        )
        if player in self.model.barred:
            assert isinstance(outcome, AccountDisqualified)
            return
        line = self.model.place(player)
        wanted = line.score if score is None else score
        self.model.write(player, None, score=wanted, tier=tier)
        self.model.records[player] = replace(
            self.model.records[player], tier=tier, seasonal_max_tier=tier, active=wanted > 0
        )

    @rule(writer=writers, capacity=st.integers(1, 4))
    def is_defined_again(self, writer: int, capacity: int) -> None:
        self._do(self.stage.drivers[writer].define(a_board(self.board, players=capacity, tiers=TIERS)))
        self.stage.drivers[1 - writer].game.leaderboards.forget(self.board)
        self.model.capacity = capacity

    @invariant()
    def entries_are_the_models(self) -> None:
        found = {
            (int(row["account_id"], 16), row["guild_id"]): (
                Line(row["score"], row["version"], row["tier"]),
                row["state"] == "disqualified",
            )
            for row in self._rows("entries")
        }
        assert found == {
            (player, guild): (line, player in self.model.barred)
            for (player, guild), line in self.model.lines.items()
        }

    @invariant()
    def enrollments_are_the_models(self) -> None:
        assert {
            int(row["account_id"], 16): Record(
                tier=row["tier"],
                active=row["active_cycle"] == 1,
                active_tier=row["active_tier"],
                seasonal_max_tier=row["seasonal_max_tier"],
                guild=row["guild_id"],
            )
            for row in self._rows("enrollments")
        } == self.model.records

    @invariant()
    def enrollments_point_at_the_public_shard(self) -> None:
        public = {row["account_id"]: row["shard_id"] for row in self._rows("entries") if not row["guild_id"]}
        assert {
            row["account_id"]: row["current_shard_id"]
            for row in self._rows("enrollments")
            if row["current_shard_id"]
        } == public

    @invariant()
    def seats_are_entries_and_no_more_than_there_may_be(self) -> None:
        taken: dict[tuple[str, int, str | None], int] = defaultdict(int)
        for row in self._rows("entries"):
            taken[row["shard_id"], row["tier"], row["guild_id"]] += 1
        shards = {(row["_id"], row["tier"], row["guild_id"]): row["seats"] for row in self._rows("shards")}
        assert {shard: seats for shard, seats in shards.items() if seats} == taken
        for (shard_id, _, guild), seats in shards.items():
            grew = seats > self.seats.get(shard_id, 0)
            assert guild or not grew or seats <= self.model.capacity
            self.seats[shard_id] = seats

    def _is_first(self, order: Order, answer: ScoreAnswer) -> bool:
        """True for the answer that stands for an effect, False for its repetition."""
        if order.key is None:
            return True
        known = order.key in self.model.receipts
        first = self.model.receipts.setdefault(order.key, (order.body, answer))
        assert first == (order.body, answer)
        return not known

    def _require_reason(self, order: Order, outcome: object, batch: list[Order]) -> None:
        if isinstance(outcome, AccountDisqualified):
            assert order.player in self.model.barred
        elif isinstance(outcome, IdempotencyKeyReused):
            assert self.model.receipts[order.key or ""][0] != order.body
        elif isinstance(outcome, RequestStillRunning):
            assert sum((other.writer, other.key) == (order.writer, order.key) for other in batch) > 1
        else:
            pytest.fail(f"{order} was refused with {outcome!r}")

    def _follow(self, player: int, guild: str | None, answers: list[tuple[ScoreAnswer, int]]) -> None:
        """The answers, by version, are the model's lines one after another."""
        assert player not in self.model.barred
        for answer, delta in answers:
            line = self.model.score(player, guild, delta)
            assert (answer.score, answer.version, answer.tier) == (line.score, line.version, line.tier)

    def _add(self, order: Order) -> Coroutine[Any, Any, ScoreAnswer]:
        key = f"{self.board}/{order.key}" if order.key else None
        driver = self.stage.drivers[order.writer]
        return driver.add(order.player, order.delta, self.board, guild=order.guild, key=key)

    def _rows(self, collection: str) -> list[Json]:
        return list(self.stage.store[collection].find({"leaderboard_id": self.board}))

    def _do(self, call: Coroutine[Any, Any, Any]) -> Any:
        return self.stage.runner.run(call)


def test_two_writers_keep_to_the_rules(settings: Settings, mongo: MongoClient[Json]) -> None:
    with asyncio.Runner() as runner, two_writers(runner, settings) as drivers:
        ScoringMachine.stage = Stage(runner, drivers, store_of(mongo, settings))
        run_state_machine_as_test(
            ScoringMachine,
            settings=hypothesis.settings(
                max_examples=50,
                stateful_step_count=20,
                deadline=None,
                suppress_health_check=list(HealthCheck),
            ),
        )


def _now_ms() -> int:
    return int(datetime.now(UTC).timestamp() * 1000)
