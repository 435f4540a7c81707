"""Shards with their zones as plain JSON-ready dicts, the shapes of `schemas.zones`."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from app.game.rules.promotion import TierMove
from app.game.zones import ZonedShard
from app.kit.clock import to_millis
from app.routers.game_views import closing

Json = dict[str, Any]

ZONES = {TierMove.UP: "up", TierMove.STAY: "stay", TierMove.DOWN: "down"}


def leaderboards_view(rows: Iterable[Mapping[str, Any]]) -> Json:
    """Leaderboards to choose from."""
    return {
        "leaderboards": [
            {
                "leaderboardId": row["_id"],
                "title": row["title"],
                "description": row["description"],
                "tierCount": row["tiers"],
                "cycle": row["cycle"]["number"],
                "closesAt": _millis(row["cycle"]["closes_at"]),
            }
            for row in rows
        ]
    }


def standing_view(zoned: ZonedShard, now: datetime) -> Json:
    """A player's shard."""
    shard, own = zoned.shard, zoned.own
    leaderboard = shard.leaderboard
    return {
        "leaderboardId": leaderboard.leaderboard_id,
        "title": leaderboard.definition.title,
        "description": leaderboard.definition.description,
        "cycle": leaderboard.cycle,
        "now": to_millis(now),
        "closesAt": closing(leaderboard),
        "rolloversRemaining": leaderboard.rollovers_remaining,
        "shardId": shard.shard_id,
        "tier": shard.tier,
        "tierCount": leaderboard.definition.tier_count,
        "players": shard.view.size,
        "rank": own.rank,
        "score": own.score,
        "promoteThrough": zoned.cuts.promote_through,
        "demoteFrom": zoned.cuts.demote_from,
        "gapAfter": zoned.gap_after,
        "lines": [
            {
                "rank": line.rank,
                "accountId": line.account_id,
                "score": line.score,
                "zone": ZONES[zoned.move(line)],
            }
            for line in zoned.lines
        ],
    }


def _millis(instant: datetime | None) -> int | None:
    return None if instant is None else to_millis(instant)
