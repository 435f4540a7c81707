"""How far rollovers are."""

from collections.abc import Sequence

from app.aggregations.shards import of_cycles
from app.aggregations.stages import Pipeline


def count_shards(cycles: Sequence[tuple[str, int]]) -> Pipeline:
    """Rows `{leaderboard_id, cycle, done, total}` over the shards of these (leaderboard, cycle) pairs."""
    is_done = {"$cond": [{"$eq": ["$stage", "moved"]}, 1, 0]}
    return [
        of_cycles(cycles),
        {
            "$group": {
                "_id": {"leaderboard_id": "$leaderboard_id", "cycle": "$cycle"},
                "done": {"$sum": is_done},
                "total": {"$sum": 1},
            }
        },
        {"$replaceWith": {"$mergeObjects": ["$_id", {"done": "$done", "total": "$total"}]}},
    ]


def count_grants(run_ids: Sequence[str]) -> Pipeline:
    """Rows `{run_id, status, grants}`, from the index alone."""
    return [
        {"$match": {"run_id": {"$in": list(run_ids)}}},
        {"$group": {"_id": {"run_id": "$run_id", "status": "$status"}, "grants": {"$sum": 1}}},
        {"$replaceWith": {"$mergeObjects": ["$_id", {"grants": "$grants"}]}},
    ]
