"""How players are spread over the shards of running cycles."""

from collections.abc import Sequence
from typing import TypedDict

from app.aggregations.stages import Pipeline, Stage


class TierSeats(TypedDict):
    """One tier of one leaderboard: how many shards, and how many players each has, most first."""

    leaderboard_id: str
    tier: int
    total_shards: int
    player_counts: list[int]


def seats_per_tier(running: Sequence[tuple[str, int]]) -> Pipeline:
    """`TierSeats` rows of these (leaderboard, cycle) pairs, by leaderboard and tier."""
    return [of_cycles(running), _fullest_first(), _by_tier(), _flat(), _in_order()]


def active_per_tier(running: Sequence[tuple[str, int]]) -> Pipeline:
    """Rows `{leaderboard_id, tier, active_players}` over enrollments with a score in the running cycle."""
    active = [{"leaderboard_id": board, "active_cycle": cycle} for board, cycle in running]
    return [
        {"$match": {"$or": active}},
        {
            "$group": {
                "_id": {"leaderboard_id": "$leaderboard_id", "tier": "$tier"},
                "active_players": {"$sum": 1},
            }
        },
        {
            "$project": {
                "_id": 0,
                "leaderboard_id": "$_id.leaderboard_id",
                "tier": "$_id.tier",
                "active_players": 1,
            }
        },
    ]


def of_cycles(running: Sequence[tuple[str, int]]) -> Stage:
    """Only documents of these (leaderboard, cycle) pairs; there must be at least one."""
    return {"$match": {"$or": [{"leaderboard_id": board, "cycle": cycle} for board, cycle in running]}}


def _fullest_first() -> Stage:
    return {"$sort": {"seats": -1}}


def _by_tier() -> Stage:
    return {
        "$group": {
            "_id": {"leaderboard_id": "$leaderboard_id", "tier": "$tier"},
            "total_shards": {"$sum": 1},
            "player_counts": {"$push": "$seats"},
        }
    }


def _flat() -> Stage:
    return {
        "$project": {
            "_id": 0,
            "leaderboard_id": "$_id.leaderboard_id",
            "tier": "$_id.tier",
            "total_shards": 1,
            "player_counts": 1,
        }
    }


def _in_order() -> Stage:
    return {"$sort": {"leaderboard_id": 1, "tier": 1}}
