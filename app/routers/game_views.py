"""Game values as plain JSON-ready dicts, the shapes of `schemas.game`; no models on the hot path."""

from collections import OrderedDict
from typing import Any

import orjson

from app.game.inspection import TierStats
from app.game.leaderboards import Leaderboard
from app.game.rankings import Rankings, ShardView
from app.game.receipts import ScoreAnswer
from app.kit.clock import to_millis
from app.ranking.index import RankedLine

Json = dict[str, Any]

#: Lists remembered as JSON; five kilobytes each, up to seventy with its lines where a board is shown whole.
MOST_REMEMBERED = 500


def score_view(answer: ScoreAnswer, rank: int) -> Json:
    """An entry right after a score."""
    return {
        "leaderboardId": answer.leaderboard_id,
        "shardId": answer.shard_id,
        "guildId": answer.guild_id,
        "cycle": answer.cycle,
        "tier": answer.tier,
        "score": answer.score,
        "version": answer.version,
        "rank": rank,
        "lastUpdated": answer.last_updated,
    }


def pending_view(answer: ScoreAnswer) -> Json:
    """A score that a cycle counts which is not open yet."""
    return {"pending": True, "cycle": answer.cycle, "score": answer.score, "version": answer.version}


def enrollment_view(record: Json, cycle: int | None) -> Json:
    """A service record; `cycle` is the leaderboard's running one, None if it is gone."""
    view = {
        "id": record["_id"],
        "leaderboardId": record["leaderboard_id"],
        "tier": record["tier"],
        "activeTier": record["active_tier"],
        "seasonalMaxTier": record["seasonal_max_tier"],
        "isActive": cycle is not None and record["active_cycle"] == cycle,
        "archives": record["archives"],
        "promotionStatus": record["promotion_status"],
        "seasonEnded": record["season_ended"],
    }
    if record["current_shard_id"]:
        view["currentShardId"] = record["current_shard_id"]
    if record["guild_id"]:
        view["guildId"] = record["guild_id"]
    return view


def rankings_view(rankings: Rankings) -> Json:
    """The whole answer of `GET /rankings`."""
    return {
        "enrollments": [enrollment_view(record, board.cycle) for board, record in rankings.enrollments],
        "leaderboards": [_shard_view(shard) for shard in rankings.shards],
    }


def lines_view(lines: list[RankedLine]) -> list[Json]:
    """Score lines."""
    return [
        {"rank": rank, "accountId": account_id, "score": score, "lastUpdated": last_updated}
        for rank, account_id, score, last_updated in lines
    ]


def tier_stats_view(stats: TierStats) -> Json:
    """One tier's shards."""
    return {
        "leaderboardId": stats.leaderboard_id,
        "tier": stats.tier,
        "totalShards": stats.total_shards,
        "playerCounts": stats.player_counts,
        "activePlayers": stats.active_players,
        "rolloversRemaining": stats.rollovers_remaining,
    }


def closing(leaderboard: Leaderboard) -> int | None:
    """When the running cycle ends, in unix milliseconds."""
    return None if leaderboard.closes_at is None else to_millis(leaderboard.closes_at)


def _shard_view(shard: ShardView) -> Json:
    view: Json = {
        "shardId": shard.shard_id,
        "tier": shard.tier,
        "leaderboardId": shard.leaderboard.leaderboard_id,
        "guildId": shard.guild_id,
        "cycle": shard.leaderboard.cycle,
        "closesAt": closing(shard.leaderboard),
        "rolloversRemaining": shard.leaderboard.rollovers_remaining,
    }
    if shard.view.all_lines is not None:
        view["allScores"] = _remembered.rendered(shard.view.all_lines)
    view["nearbyScores"] = _remembered.rendered(shard.view.nearby)
    view["topScores"] = _remembered.rendered(shard.view.top)
    return view


class _RememberedLines:
    """Lists of lines as JSON, each rendered once however many answers it is part of.

    Players who look at one board get the very same list of its best lines, and whoever looks again the same
    list as before, for as long as the board has not changed.
    """

    def __init__(self) -> None:
        self._known: OrderedDict[int, tuple[list[RankedLine], orjson.Fragment]] = OrderedDict()

    def rendered(self, lines: list[RankedLine]) -> orjson.Fragment:
        """The list as JSON text."""
        known = self._known.get(id(lines))
        if known is None:
            # Holding the list is what keeps its id its own.
            known = self._known[id(lines)] = lines, orjson.Fragment(orjson.dumps(lines_view(lines)))
            if len(self._known) > MOST_REMEMBERED:
                self._known.popitem(last=False)
        else:
            self._known.move_to_end(id(lines))
        return known[1]


_remembered = _RememberedLines()
