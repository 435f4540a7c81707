"""What a score tells its player's enrollment: active in this cycle, in this tier.

A score marks the enrollment right after it has been written. Where the writer died in between, the mark is
made up for from the entries.
"""

from typing import Any, TypedDict

from app.aggregations.stages import Pipeline, Stage, merged_into

ACKNOWLEDGED = -1


class Scorer(TypedDict):
    """What `mark_scorers` merges into an enrollment that has no mark of this cycle."""

    account_id: str
    leaderboard_id: str
    cycle: int
    tier: int
    guild_id: str | None


def marked(cycle: Any, tier: Any, guild_id: Any) -> Stage:
    """The fields of an enrollment that a non-zero score sets; the arguments are values or expressions."""
    acknowledged = {"$eq": ["$promotion_status", ACKNOWLEDGED]}
    return {
        "active_cycle": cycle,
        "active_tier": {"$cond": [acknowledged, tier, "$active_tier"]},
        "seasonal_max_tier": {"$max": ["$seasonal_max_tier", tier]},
        "scored_in_season": True,
        "guild_id": {"$ifNull": [guild_id, "$guild_id"]},
    }


def mark_scorers(since_ms: int, cycle: Stage) -> Pipeline:
    """`Scorer` rows for entries of a cycle, or of all, that were scored since an instant."""
    scored = {"touched_at": {"$gte": since_ms}, "scored": True, "state": {"$in": ["open", "sealed"]}, **cycle}
    fields = dict.fromkeys(("account_id", "leaderboard_id", "cycle", "tier", "guild_id"), 1)
    return [
        {"$match": scored},
        {"$project": {"_id": 0, **fields}},
        merged_into("enrollments", on=["account_id", "leaderboard_id"], found=_marked_if_missing()),
    ]


def _marked_if_missing() -> Pipeline:
    # One that is there was made by a score that saw the enrollment as it was then.
    is_missing = {
        "$and": [
            {"$lt": [{"$ifNull": [f"${field}", 0]}, "$$new.cycle"]}
            for field in ("active_cycle", "settled_cycle", "season_cycle")
        ]
    }
    mark = marked("$$new.cycle", "$$new.tier", "$$new.guild_id")
    return [{"$replaceWith": {"$mergeObjects": ["$$ROOT", {"$cond": [is_missing, mark, {}]}]}}]
