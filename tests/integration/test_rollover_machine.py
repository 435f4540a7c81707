"""Scores and rollovers of two processes against a model in plain Python, driven by Hypothesis.

`ROLLOVER_EXAMPLES` says how many leaderboards are played through; 5,000 take the better part of an hour.
"""

import asyncio
import os
import time
from collections import defaultdict
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
    LetBack,
    Look,
    Members,
    Order,
    SetTier,
    acts,
    board_of,
    members,
    orders,
    tiers,
    writers,
)
from rollover_model import Grant, Line, LineKey, Model, Outcome, Record, Rule
from two_processes import settled, two_writers

from app.game.corrections import TierChange
from app.game.enrollments import acknowledge
from app.game.errors import AccountDisqualified, IdempotencyKeyReused, LeaderboardChanged
from app.game.leaderboards import REMEMBERED_S
from app.game.receipts import ScoreAnswer
from app.settings import Settings

EXAMPLES = int(os.environ.get("ROLLOVER_EXAMPLES", "60"))
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
        self.cycles: dict[str, int] = {}
        self.outcome = Outcome()
        self.news_until = [0.0, 0.0]
        self._act(members)
        self._do(self.stage.drivers[0].define(board_of(self.board, rules, season)))

    @rule(
        writer=writers,
        open_=st.lists(acts, min_size=3, max_size=14),
        locked=st.lists(acts, max_size=6),
        running=st.lists(orders, max_size=3, unique_by=lambda order: order.player),
    )
    def a_cycle_passes(self, writer: int, open_: list[Act], locked: list[Act], running: list[Order]) -> None:
        for act in open_:
            self._act(act)
        self._compare()
        self._lock(writer)
        for act in locked:
            self._act(act)
        self._compare()
        self._roll_over(writer, [order._replace(key=None) for order in running])
        self._compare()

    def _act(self, act: Act) -> None:
        match act:
            case Order():
                (outcome,) = self._do(settled(self._add(act)))
                self._follow(act, outcome)
            case Look():
                self._look(*act)
            case Bar(writer, player):
                self._do(self.stage.drivers[writer].disqualify(player, self.board))
                self.model.bar(player)
            case LetBack():
                self._let_back(*act)
            case Acknowledge(player):
                self._do(acknowledge(account(player), self.board))
                self.model.acknowledge(player)
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
        for row in self._rows("entries", cycle=self.model.cycle, account_id=account(player)):
            # Scores that waited while the player was barred get their place now or at the next look.
            if _line_key(row) in self.model.waiting and row["state"] == "open":
                self.model.place(*_line_key(row))

    def _notice_reopened(self) -> None:
        """In an ending cycle a line stays barred, but a process late to hear of it may reopen it."""
        for (player, guild), line in self.model.lines.items():
            if line.barred and player not in self.model.barred:
                (row,) = self._rows(
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
            _line_key(row): row["shard_id"]
            for row in self._rows("entries", cycle=self.model.cycle)
            if row["shard_id"]
        }
        self.cycles |= dict.fromkeys(shards.values(), self.model.cycle)
        ended = self.model.roll_over(self.run_id, shards, self.members)
        self.outcome.archives |= ended.archives
        self.outcome.grants |= ended.grants

    def _compare(self) -> None:
        self._entries_are_the_models()
        self._enrollments_are_the_models()
        self._enrollments_point_at_the_public_shard()
        self._archives_are_the_models()
        self._grants_are_the_models()
        self._shards_are_of_one_tier_and_not_too_full()
        self._the_cycle_is_the_models()

    def _entries_are_the_models(self) -> None:
        rows = [row for row in self._rows("entries") if row["cycle"] >= self.model.cycle]
        placed = {
            _line_key(row): Line(
                row["score"], row["version"], row["tier"], barred=row["state"] == "disqualified"
            )
            for row in rows
            if row["state"] != "pending"
        }
        waiting = {
            _line_key(row): (row["score"], row["version"])
            for row in rows
            if row["state"] == "pending" and row["cycle"] == self.model.cycle + self.model.locked
        }
        assert placed == self.model.lines
        assert waiting == {key: (line.score, line.version) for key, line in self.model.waiting.items()}

    def _enrollments_are_the_models(self) -> None:
        assert {
            int(row["account_id"], 16): Record(
                tier=row["tier"],
                active_cycle=row["active_cycle"],
                active_tier=row["active_tier"],
                seasonal_max=row["seasonal_max_tier"],
                scored_in_season=row["scored_in_season"],
                status=row["promotion_status"],
                season_ended=row["season_ended"],
                guild=row["guild_id"],
                archives=self._by_cycle(row["archives"]),
            )
            for row in self._rows("enrollments")
        } == {
            player: Record(**{**vars(record), "archives": tuple(sorted(record.archives, reverse=True))})
            for player, record in self.model.records.items()
        }

    def _enrollments_point_at_the_public_shard(self) -> None:
        public = {
            row["account_id"]: row["shard_id"]
            for row in self._rows("entries", cycle=self.model.cycle, guild_id=None)
            if row["shard_id"]
        }
        found = {row["account_id"]: row["current_shard_id"] for row in self._rows("enrollments")}
        assert {player: shard for player, shard in found.items() if shard} == public

    def _archives_are_the_models(self) -> None:
        found: dict[str, dict[int, tuple[int, int]]] = {
            row["_id"]: {}
            for row in self._rows("shards", cycle={"$lt": self.model.cycle})
            if row["_id"] in self.cycles
        }
        for row in self._rows("entries", cycle={"$lt": self.model.cycle}):
            assert row["state"] != "open"
            if row["state"] == "sealed":
                found[row["shard_id"]][int(row["account_id"], 16)] = row["rank"], row["score"]
        assert found == self.outcome.archives

    def _grants_are_the_models(self) -> None:
        assert {_grant(row) for row in self._rows("grants")} == self.outcome.grants

    def _shards_are_of_one_tier_and_not_too_full(self) -> None:
        tiers: dict[str, list[int]] = defaultdict(list)
        for row in self._rows("entries", cycle=self.model.cycle, guild_id=None):
            if row["shard_id"]:
                tiers[row["shard_id"]].append(row["tier"])
        for inside in tiers.values():
            assert len(set(inside)) == 1
            assert len(inside) <= (self.model.rules[inside[0]].seats or len(inside))

    def _the_cycle_is_the_models(self) -> None:
        (row,) = self.stage.store["leaderboards"].find({"_id": self.board})
        assert (row["cycle"]["number"], row["cycle"]["state"]) == (
            self.model.cycle,
            "locked" if self.model.locked else "open",
        )
        assert row["cycle"]["rollovers_remaining"] == (self.model.remaining or -1)

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

    def _by_cycle(self, archives: list[str]) -> tuple[tuple[int, str], ...]:
        """With their cycles, which must come newest first; those of one cycle in any order."""
        found = [(self.cycles[shard_id], shard_id) for shard_id in archives]
        assert [cycle for cycle, _ in found] == sorted((cycle for cycle, _ in found), reverse=True)
        return tuple(sorted(found, reverse=True))

    def _add(self, order: Order) -> Coroutine[Any, Any, ScoreAnswer]:
        key = f"{self.board}/{order.key}" if order.key else None
        return self.stage.drivers[order.writer].add(
            order.player, order.delta, self.board, guild=order.guild, key=key
        )

    def _rows(self, collection: str, **wanted: Any) -> list[Json]:
        return list(self.stage.store[collection].find({"leaderboard_id": self.board, **wanted}))

    def _do(self, call: Coroutine[Any, Any, Any]) -> Any:
        return self.stage.runner.run(call)


def _line_key(row: Json) -> LineKey:
    return int(row["account_id"], 16), row["guild_id"]


def _grant(row: Json) -> Grant:
    data = row["data"]
    is_season = data["rewardType"] == "season"
    return Grant(
        row["run_id"] if is_season else data["leaderboardArchiveId"],
        int(row["account_id"], 16),
        row["message"]["subject"],
        data["leaderboardSeasonalMaxTier"] if is_season else data["leaderboardRank"],
    )


@pytest.mark.timeout(60 + EXAMPLES * SECONDS_AN_EXAMPLE)
def test_rollovers_keep_to_the_rules(settings_for: SettingsFactory, mongo: MongoClient[Json]) -> None:
    with asyncio.Runner() as runner:
        serving = serving_guilds()
        guild_service = runner.run(serving.__aenter__())
        settings: Settings = settings_for(guild_url=guild_service.url)
        with two_writers(runner, settings) as drivers:
            RolloverMachine.stage = Stage(runner, drivers, store_of(mongo, settings), guild_service)
            run_state_machine_as_test(
                RolloverMachine,
                settings=hypothesis.settings(
                    max_examples=EXAMPLES,
                    stateful_step_count=CYCLES,
                    deadline=None,
                    suppress_health_check=list(HealthCheck),
                ),
            )
        runner.run(serving.__aexit__(None, None, None))
