"""Scores and rollovers of two processes against a model in plain Python, driven by Hypothesis.

`ROLLOVER_EXAMPLES` says how many leaderboards are played through; 5,000 take the better part of an hour.
"""

import asyncio
import os
import time
from collections.abc import Coroutine, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import Any

import hypothesis
import pytest
from conftest import SettingsFactory
from fakes import GuildStandIn, serving_guilds
from game_driver import Driver, ranking, seen_by, told
from game_world import GUILD, Json, Store, account, store_of
from hypothesis import HealthCheck
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    rule,
    run_state_machine_as_test,
)
from pymongo import MongoClient
from rollover_acts import (
    Acknowledge,
    Act,
    Bar,
    Drawn,
    LetBack,
    Look,
    Members,
    Order,
    Orders,
    SetTier,
    acts,
    at_once,
    board_of,
    members,
    orders,
    tiers,
    writers,
)
from rollover_model import Line, Model, Rule
from rollover_stored import Stored, line_key
from two_processes import settled, two_writers

from app.game.corrections import TierChange
from app.game.enrollments import acknowledge
from app.game.errors import AccountDisqualified, IdempotencyKeyReused, LeaderboardChanged
from app.game.leaderboards import REMEMBERED_S
from app.game.receipts import ScoreAnswer
from app.settings import Settings

EXAMPLES = int(os.environ.get("ROLLOVER_EXAMPLES", "200"))
#: Examples of their own, so that two processes of the suite share them.
HALVES = ("first", "second")
CYCLES = 4
SECONDS_AN_EXAMPLE = 4


@dataclass(frozen=True)
class Stage:
    """What all examples share."""

    runner: asyncio.Runner
    drivers: list[Driver]
    store: Store
    guild_service: GuildStandIn
    numbers: Iterator[int] = field(default_factory=count)


class RolloverMachine(RuleBasedStateMachine):
    """Each example is a leaderboard of its own."""

    stage: Stage

    @initialize(rules=tiers(), season=st.integers(0, 3), members=members)
    def begin(self, rules: tuple[Rule, ...], season: int, members: Members) -> None:
        self.board = f"board-{next(self.stage.numbers)}"
        self.model = Model(rules, season)
        self.receipts: dict[str, tuple[tuple[int, str | None, int], ScoreAnswer]] = {}
        self.run_id = ""
        self.stored = Stored(self.stage.store, self.board, self.model)
        self.news_until = [0.0, 0.0]
        self._act(members)
        self._do(self.stage.drivers[0].define(board_of(self.board, rules, season)))

    @rule(
        writer=writers,
        open_=st.lists(acts, min_size=3, max_size=14),
        locked=st.lists(acts, max_size=6),
        running=st.lists(orders, max_size=3, unique_by=lambda order: order.player),
    )
    def a_cycle_passes(
        self, writer: int, open_: list[Drawn], locked: list[Drawn], running: list[Order]
    ) -> None:
        for act in at_once(open_):
            self._act(act)
        self.stored.assert_same()
        self._lock(writer)
        for act in at_once(locked):
            self._act(act)
        self.stored.assert_same()
        self._roll_over(writer, [order._replace(key=None) for order in running])
        self.stored.assert_same()

    def _act(self, act: Act) -> None:
        match act:
            case Orders(orders):
                outcomes = self._do(settled(*map(self._add, orders)))
                for order, outcome in zip(orders, outcomes, strict=True):
                    self._follow(order, outcome)
            case Look():
                self._look(*act)
            case Acknowledge(player):
                self._do(acknowledge(account(player), self.board))
                self.model.acknowledge(player)
            case _:
                self._administer(act)

    def _administer(self, act: Bar | LetBack | SetTier | Members) -> None:
        match act:
            case Bar(writer, player):
                self._do(self.stage.drivers[writer].disqualify(player, self.board))
                self.model.bar(player)
            case LetBack():
                self._let_back(*act)
            case SetTier(writer, player, tier, score):
                self._set_tier(writer, player, min(tier, self.model.top), score)
            case Members(players):
                self._change_members(players)

    def _look(self, writer: int, player: int, guild: str | None) -> None:
        driver = self.stage.drivers[writer]
        (view,) = self._do(settled(driver.view(player, self.board, guild=guild)))
        if isinstance(view, IndexError):
            is_late = time.monotonic() < self.news_until[writer]
            assert player in self.model.barred or self._is_left_out(player, guild) or is_late
            return
        if view.leaderboard.cycle < self.model.cycle:
            assert time.monotonic() < self.news_until[writer]
            return
        if self.model.locked:
            self._notice_reopened()
        else:
            self.model.place(player)
            self.model.place(player, guild)
        assert told(view.view) == seen_by(account(player), ranking(self.stage.store, view.shard_id))

    def _let_back(self, writer: int, player: int) -> None:
        self._do(self.stage.drivers[writer].reinstate(player, self.board))
        if player not in self.model.barred:
            return
        self.model.barred.remove(player)
        if self.model.locked:
            self._notice_reopened()
            return
        self.model.turn(player, barred=False)
        for row in self.stored.rows("entries", cycle=self.model.cycle, account_id=account(player)):
            # Scores that waited while the player was barred get their place now or at the next look.
            if line_key(row) in self.model.waiting and row["state"] == "open":
                self.model.place(*line_key(row))

    def _notice_reopened(self) -> None:
        """In an ending cycle a line stays barred, but a process late to hear of it may reopen it."""
        for (player, guild), line in self.model.lines.items():
            if line.barred and player not in self.model.barred:
                (row,) = self.stored.rows(
                    "entries", cycle=self.model.cycle, account_id=account(player), guild_id=guild
                )
                if row["state"] != "disqualified":
                    self.model.turn_line((player, guild), barred=False)

    def _set_tier(self, writer: int, player: int, tier: int, score: int | None) -> None:
        # An entry in a guild would stay in its tier, and which of the two is active is the last score's.
        if (player, GUILD) in self.model.lines:
            return
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
        elif self.model.locked:
            assert isinstance(outcome, LeaderboardChanged)
        else:
            assert outcome is None
            self.model.set_tier(player, tier, score)

    def _change_members(self, players: frozenset[int] | None) -> None:
        self.members = players
        guilds = self.stage.guild_service.guilds
        guilds.clear()
        if players is not None:
            guilds[GUILD] = {account(player): 1 for player in players}

    def _lock(self, writer: int) -> None:
        row = self._do(
            self.stage.drivers[writer].game.rollovers.begin(self.board, actor="test", now=datetime.now(UTC))
        )
        self.run_id = row["_id"]
        self.model.lock()
        self.news_until[1 - writer] = time.monotonic() + REMEMBERED_S

    def _roll_over(self, writer: int, meanwhile: list[Order]) -> None:
        row, *outcomes = self._do(
            settled(
                self.stage.drivers[writer].game.rollovers.run(self.run_id),
                *(self._add(order) for order in meanwhile),
            )
        )
        assert row["state"] == "done"
        self.news_until = [time.monotonic() + REMEMBERED_S] * 2
        answered = list(zip(meanwhile, outcomes, strict=True))
        before = [pair for pair in answered if getattr(pair[1], "cycle", 0) == self.model.cycle]
        for order, outcome in before:
            self._follow(order, outcome)
        self._end_of_cycle()
        for order, outcome in answered:
            if (order, outcome) not in before:
                self._follow(order, outcome)

    def _end_of_cycle(self) -> None:
        self._notice_reopened()
        shards = {
            line_key(row): row["shard_id"]
            for row in self.stored.rows("entries", cycle=self.model.cycle)
            if row["shard_id"]
        }
        self.stored.cycles |= dict.fromkeys(shards.values(), self.model.cycle)
        ended = self.model.roll_over(self.run_id, shards, self.members)
        self.stored.outcome.archives |= ended.archives
        self.stored.outcome.grants |= ended.grants

    def _is_left_out(self, player: int, guild: str | None) -> bool:
        """True while the cycle is ending and the player has no line in it that anybody could see."""
        line = self.model.lines.get((player, guild)) or self.model.lines.get((player, None))
        return self.model.locked and (line is None or line.barred)

    def _follow(self, order: Order, outcome: object) -> None:
        """The outcome of one score is what the model says."""
        known = self.receipts.get(order.key or "")
        if known is not None:
            assert (
                outcome == known[1] if known[0] == order.body else isinstance(outcome, IdempotencyKeyReused)
            )
            return
        if order.player in self.model.barred:
            assert isinstance(outcome, AccountDisqualified)
            return
        assert isinstance(outcome, ScoreAnswer), repr(outcome)
        if order.key:
            self.receipts[order.key] = order.body, outcome
        line = self._scored(order, outcome)
        assert (outcome.score, outcome.version) == (line.score, line.version)

    def _scored(self, order: Order, answer: ScoreAnswer) -> Line:
        if answer.cycle == self.model.cycle + self.model.locked:
            assert answer.is_pending or not self.model.locked
            take = self.model.wait if self.model.locked else self.model.score
        else:
            # A process that has not heard of the lock may still score in the cycle, until it is ranked.
            assert (answer.cycle, self.model.locked) == (self.model.cycle, True)
            assert (order.player, order.guild) in self.model.lines
            self._notice_reopened()
            take = self.model.score
        return take(order.player, order.guild, order.delta)

    def _add(self, order: Order) -> Coroutine[Any, Any, ScoreAnswer]:
        key = f"{self.board}/{order.key}" if order.key else None
        return self.stage.drivers[order.writer].add(
            order.player, order.delta, self.board, guild=order.guild, key=key
        )

    def _do(self, call: Coroutine[Any, Any, Any]) -> Any:
        return self.stage.runner.run(call)


@pytest.mark.parametrize("_half", HALVES)
@pytest.mark.timeout(60 + EXAMPLES * SECONDS_AN_EXAMPLE)
def test_rollovers_keep_to_the_rules(
    settings_for: SettingsFactory, mongo: MongoClient[Json], _half: str
) -> None:
    with asyncio.Runner() as runner:
        serving = serving_guilds()
        guild_service = runner.run(serving.__aenter__())
        settings: Settings = settings_for(guild_url=guild_service.url)
        with two_writers(runner, settings) as drivers:
            RolloverMachine.stage = Stage(runner, drivers, store_of(mongo, settings), guild_service)
            run_state_machine_as_test(
                RolloverMachine,
                settings=hypothesis.settings(
                    max_examples=EXAMPLES // len(HALVES),
                    stateful_step_count=CYCLES,
                    deadline=None,
                    suppress_health_check=list(HealthCheck),
                ),
            )
        runner.run(serving.__aexit__(None, None, None))
