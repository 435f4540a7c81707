"""Marks of viewers, pruned inside MongoDB so that no mark made meanwhile is lost."""

from collections.abc import Iterable
from datetime import datetime

from app.aggregations.stages import Pipeline


def without_stale_marks(kinds: Iterable[str], *, seen_after: datetime) -> Pipeline:
    """The marks of these kinds that were made after that."""
    return [{"$set": {f"viewers.{kind}": _recent(kind, seen_after) for kind in kinds}}]


def _recent(kind: str, seen_after: datetime) -> dict[str, object]:
    marks = {"$objectToArray": {"$ifNull": [f"$viewers.{kind}", {}]}}
    is_recent = {"$gt": ["$$mark.v", seen_after]}
    return {"$arrayToObject": {"$filter": {"input": marks, "as": "mark", "cond": is_recent}}}
