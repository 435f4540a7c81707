"""What administrators look at: leaderboards, their shards, their best lines."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.aggregations.shards import active_per_tier, seats_per_tier
from app.game.documents import EnrollmentDocument, LeaderboardDocument, ShardDocument
from app.game.leaderboards import Leaderboard, Leaderboards
from app.game.standings import read_top
from app.kit.periods import RolloverTimes, next_rollovers
from app.ranking.index import RankedLine

NEXT_ROLLOVERS = 5


@dataclass(frozen=True, slots=True)
class TierStats:
    """One tier of one running leaderboard."""

    leaderboard_id: str
    tier: int
    total_shards: int
    player_counts: list[int]
    active_players: int
    rollovers_remaining: int


@dataclass(frozen=True, slots=True)
class Described:
    """One leaderboard, when it rolls over next, and its tiers."""

    leaderboard: Leaderboard
    next_rollovers: list[datetime]
    tiers: list[TierStats]


async def list_ids() -> list[str]:
    """Every leaderboard id, sorted."""
    found = LeaderboardDocument.get_motor_collection().find({"definition": {"$ne": None}}, {"_id": 1})
    return [row["_id"] async for row in found.sort("_id", 1)]


async def describe(
    leaderboards: Leaderboards, leaderboard_id: str, *, times: RolloverTimes, now: datetime
) -> Described:
    """One leaderboard as it stands. Raises UnknownLeaderboard."""
    leaderboards.forget(leaderboard_id)
    leaderboard = await leaderboards.get(leaderboard_id)
    return Described(leaderboard, _upcoming(leaderboard, times, now), await tier_stats(leaderboard_id))


async def tier_stats(leaderboard_id: str | None = None) -> list[TierStats]:
    """Every tier that has a shard, of one leaderboard or of all, by leaderboard and tier."""
    wanted: dict[str, Any] = {"definition": {"$ne": None}}
    if leaderboard_id is not None:
        wanted["_id"] = leaderboard_id
    found = LeaderboardDocument.get_motor_collection().find(wanted, {"cycle": 1})
    cycles = {row["_id"]: row["cycle"] async for row in found}
    if not cycles:
        return []
    running = [(board, cycle["number"]) for board, cycle in cycles.items()]
    active = {
        (row["leaderboard_id"], row["tier"]): row["active_players"]
        async for row in EnrollmentDocument.get_motor_collection().aggregate(active_per_tier(running))
    }
    return [
        TierStats(
            **row,
            active_players=active.get((row["leaderboard_id"], row["tier"]), 0),
            rollovers_remaining=cycles[row["leaderboard_id"]]["rollovers_remaining"],
        )
        async for row in ShardDocument.get_motor_collection().aggregate(seats_per_tier(running))
    ]


async def top_of_first_shard(
    leaderboards: Leaderboards, leaderboard_id: str, *, tier: int, limit: int
) -> tuple[str | None, list[RankedLine]]:
    """The best lines of a tier's first public shard; no shard, no lines. Raises UnknownLeaderboard."""
    leaderboard = await leaderboards.get(leaderboard_id)
    first = await ShardDocument.get_motor_collection().find_one(
        {
            "leaderboard_id": leaderboard_id,
            "cycle": leaderboard.cycle,
            "tier": tier,
            "guild_id": None,
            "number": 1,
        },
        {"_id": 1},
    )
    return (None, []) if first is None else (first["_id"], await read_top(first["_id"], limit))


def _upcoming(leaderboard: Leaderboard, times: RolloverTimes, now: datetime) -> list[datetime]:
    """When the leaderboard rolls over next: the running cycle's end, then as the rules say."""
    closes_at = leaderboard.closes_at
    if closes_at is None:
        return []
    definition = leaderboard.definition
    later = next_rollovers(
        definition.rollover_type,
        after=max(closes_at, now),
        times=times,
        zone=definition.zone,
        count=NEXT_ROLLOVERS - 1,
    )
    return [closes_at, *later]
