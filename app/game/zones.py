"""A player's shard as a page shows it: who would move, if the cycle ended now."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from app.game.documents import LeaderboardDocument
from app.game.errors import UnknownEnrollment
from app.game.rankings import RankingsQuery, RankingsReader, ShardView
from app.game.rules.promotion import Cuts, TierMove, cuts
from app.kit.clock import to_millis
from app.ranking.index import RankedLine

MOST_LISTED = 500


@dataclass(frozen=True)
class ZonedShard:
    """A shard around one of its players, with the cuts of its tier at its present size."""

    shard: ShardView
    account_id: str

    @cached_property
    def cuts(self) -> Cuts:
        """The ranks from which players move."""
        definition = self.shard.leaderboard.definition
        rule = definition.rule(self.shard.tier)
        return cuts(rule, players=self.shard.view.size, top_tier=definition.top_tier)

    @cached_property
    def lines(self) -> Sequence[RankedLine]:
        """All lines of a small shard; of a large one the best, then those around the player."""
        view = self.shard.view
        if view.all_lines is not None:
            return view.all_lines
        best = {line.account_id for line in view.top}
        return [*view.top, *(line for line in view.nearby if line.account_id not in best)]

    @property
    def gap_after(self) -> int | None:
        """How many lines come before those that are left out; None if none are."""
        view = self.shard.view
        follows_at_once = len(self.lines) < len(view.top) + len(view.nearby)
        if view.all_lines is not None or follows_at_once or view.nearby[0].rank == len(view.top) + 1:
            return None
        return len(view.top)

    @property
    def own(self) -> RankedLine:
        """The player's line."""
        return next(line for line in self.lines if line.account_id == self.account_id)

    def move(self, line: RankedLine) -> TierMove:
        """Where a line would lead."""
        return self.cuts.move(rank=line.rank, score=line.score)


async def read_zones(rankings: RankingsReader, account_id: str, leaderboard_id: str) -> ZonedShard:
    """The player's shard; the player is placed with a score of 0 where not yet entered.

    Raises UnknownLeaderboard, LeaderboardNotStarted, or UnknownEnrollment for who is disqualified.
    """
    read = await rankings.read(RankingsQuery(account_id, (leaderboard_id,), None))
    if not read.shards:
        raise UnknownEnrollment
    return ZonedShard(read.shards[0], account_id)


async def list_started(now: datetime) -> list[dict[str, Any]]:
    """Leaderboards that take scores, by title: rows `{_id, title, description, tiers, cycle}`."""
    started = {"definition": {"$ne": None}, "definition.startTime": {"$lte": to_millis(now)}}
    shown = {
        "title": "$definition.title",
        "description": "$definition.description",
        "tiers": "$definition.tierCount",
        "cycle": 1,
    }
    found = LeaderboardDocument.get_motor_collection().find(started, shown)
    return await found.sort([("definition.title", 1), ("_id", 1)]).to_list(MOST_LISTED)
