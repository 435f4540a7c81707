"""What is stored of one leaderboard, held against the model of it."""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from game_world import Json, Store
from rollover_model import Grant, Line, LineKey, Model, Outcome, Record


@dataclass
class Stored:
    """One leaderboard's documents. `outcome` and `cycles`: what its rollovers were to leave, as it grows.

    `cycles` says in which cycle each archive ended.
    """

    store: Store
    board: str
    model: Model
    outcome: Outcome = field(default_factory=Outcome)
    cycles: dict[str, int] = field(default_factory=dict)

    def rows(self, collection: str, **wanted: Any) -> list[Json]:
        """Its documents in a collection."""
        return list(self.store[collection].find({"leaderboard_id": self.board, **wanted}))

    def assert_same(self) -> None:
        """Fail where anything that is stored is not as the model has it."""
        self._entries_are_the_models()
        self._enrollments_are_the_models()
        self._enrollments_point_at_the_public_shard()
        self._archives_are_the_models()
        self._grants_are_the_models()
        self._shards_are_of_one_tier_and_not_too_full()
        self._the_cycle_is_the_models()

    def _entries_are_the_models(self) -> None:
        rows = [row for row in self.rows("entries") if row["cycle"] >= self.model.cycle]
        placed = {
            line_key(row): Line(
                row["score"], row["version"], row["tier"], barred=row["state"] == "disqualified"
            )
            for row in rows
            if row["state"] != "pending"
        }
        waiting = {
            line_key(row): (row["score"], row["version"])
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
            for row in self.rows("enrollments")
        } == {
            player: Record(**{**vars(record), "archives": tuple(sorted(record.archives, reverse=True))})
            for player, record in self.model.records.items()
        }

    def _enrollments_point_at_the_public_shard(self) -> None:
        public = {
            row["account_id"]: row["shard_id"]
            for row in self.rows("entries", cycle=self.model.cycle, guild_id=None)
            if row["shard_id"]
        }
        found = {row["account_id"]: row["current_shard_id"] for row in self.rows("enrollments")}
        assert {player: shard for player, shard in found.items() if shard} == public

    def _archives_are_the_models(self) -> None:
        found: dict[str, dict[int, tuple[int, int]]] = {
            row["_id"]: {}
            for row in self.rows("shards", cycle={"$lt": self.model.cycle})
            if row["_id"] in self.cycles
        }
        for row in self.rows("entries", cycle={"$lt": self.model.cycle}):
            assert row["state"] != "open"
            if row["state"] == "sealed":
                found[row["shard_id"]][int(row["account_id"], 16)] = row["rank"], row["score"]
        assert found == self.outcome.archives

    def _grants_are_the_models(self) -> None:
        assert {_grant(row) for row in self.rows("grants")} == self.outcome.grants

    def _shards_are_of_one_tier_and_not_too_full(self) -> None:
        tiers: dict[str, list[int]] = defaultdict(list)
        for row in self.rows("entries", cycle=self.model.cycle, guild_id=None):
            if row["shard_id"]:
                tiers[row["shard_id"]].append(row["tier"])
        for inside in tiers.values():
            assert len(set(inside)) == 1
            assert len(inside) <= (self.model.rules[inside[0]].seats or len(inside))

    def _the_cycle_is_the_models(self) -> None:
        (row,) = self.store["leaderboards"].find({"_id": self.board})
        assert (row["cycle"]["number"], row["cycle"]["state"]) == (
            self.model.cycle,
            "locked" if self.model.locked else "open",
        )
        assert row["cycle"]["rollovers_remaining"] == (self.model.remaining or -1)

    def _by_cycle(self, archives: list[str]) -> tuple[tuple[int, str], ...]:
        """With their cycles, which must come newest first; those of one cycle in any order."""
        found = [(self.cycles[shard_id], shard_id) for shard_id in archives]
        assert [cycle for cycle, _ in found] == sorted((cycle for cycle, _ in found), reverse=True)
        return tuple(sorted(found, reverse=True))


def line_key(row: Json) -> LineKey:
    """Whose entry this is."""
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
