"""How an attempt to send a batch of push messages is recorded, as one update."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

Stage = dict[str, Any]


def settling(
    *,
    attempt: int,
    done: Sequence[str],
    failed: Sequence[str],
    now: datetime,
    due_at: datetime,
    faults: int,
    last_error: str | None,
) -> list[Stage]:
    """Take out the tokens that are done, put those that failed last, and say when the rest is due.

    What is done stays done, whoever did it. All else only the last who took the batch may say: one that was
    slow must not end the lease of the next.
    """
    return [
        {"$set": {"tokens": {"$concatArrays": [_untried([*done, *failed]), _among(failed)]}}},
        {
            "$set": {
                "due_at": _unless_empty(_if_last(attempt, due_at, "$due_at")),
                "finished_at": {"$cond": [_IS_EMPTY, {"$ifNull": ["$finished_at", now]}, "$$REMOVE"]},
                "faults": _if_last(attempt, faults, "$faults"),
                "last_error": _if_last(attempt, {"$literal": last_error}, "$last_error"),
            }
        },
    ]


_IS_EMPTY = {"$eq": ["$tokens", []]}


def _untried(tokens: Sequence[str]) -> Stage:
    return {"$filter": {"input": "$tokens", "cond": {"$not": [_is_one_of(tokens)]}}}


def _among(tokens: Sequence[str]) -> Stage:
    return {"$filter": {"input": "$tokens", "cond": _is_one_of(tokens)}}


def _is_one_of(tokens: Sequence[str]) -> Stage:
    # Tokens come from outside: as a literal, one with a dollar in front is no expression.
    return {"$in": ["$$this", {"$literal": list(tokens)}]}


def _unless_empty(value: Any) -> Stage:
    return {"$cond": [_IS_EMPTY, "$$REMOVE", value]}


def _if_last(attempt: int, value: Any, otherwise: str) -> Stage:
    return {"$cond": [{"$eq": ["$attempts", attempt]}, value, otherwise]}
