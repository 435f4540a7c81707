"""Parts of a ranking around one line: short scans of the index that holds entries in ranking order.

Each alternative says everything, and is all equalities but for its last part in ranking order: then MongoDB
merges ranges of the index. Otherwise it would walk from the shard's end to the line.
"""

from collections.abc import Mapping
from typing import Any

from app.aggregations.stages import Stage

BEST_FIRST: Stage = {"score": -1, "last_updated": 1, "account_id": 1}
WORST_FIRST: Stage = {"score": 1, "last_updated": -1, "account_id": -1}


def ahead_of(line: Mapping[str, Any], within: Mapping[str, Any]) -> Stage:
    """The entries that stand above one, of those that match `within`: a shard, and what else there is."""
    return _split(line, within, score="$gt", last_updated="$lt", account_id="$lt")


def from_line_on(line: Mapping[str, Any], within: Mapping[str, Any]) -> Stage:
    """That entry and those that stand below it."""
    return _split(line, within, score="$lt", last_updated="$gt", account_id="$gte")


def _split(
    line: Mapping[str, Any],
    within: Mapping[str, Any],
    *,
    score: str,
    last_updated: str,
    account_id: str,
) -> Stage:
    same_score = {**within, "score": line["score"]}
    same_time = {**same_score, "last_updated": line["last_updated"]}
    return {
        "$or": [
            {**within, "score": {score: line["score"]}},
            {**same_score, "last_updated": {last_updated: line["last_updated"]}},
            {**same_time, "account_id": {account_id: line["account_id"]}},
        ]
    }
