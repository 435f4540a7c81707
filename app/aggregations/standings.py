"""An XP leaderboard read from the rows of one board: who is on it, in which order, who stands above whom.

`rows` is the board's filter. Each filter repeats the condition of the partial ranking index, which then
answers it without looking at a document.
"""

from collections.abc import Sequence
from typing import Any, TypedDict

from app.aggregations.stages import Pipeline

Filter = dict[str, Any]

ORDER = {"xp": -1, "user_id": 1}


class LineRow(TypedDict):
    """A user on the board."""

    user_id: int
    xp: int


class CountRow(TypedDict):
    """How many there are."""

    users: int


def page_of(rows: Filter, *, skip: int, limit: int) -> Pipeline:
    """The lines of one page, best first; yields LineRow."""
    return [
        {"$match": _ranked(rows)},
        {"$sort": ORDER},
        {"$skip": skip},
        {"$limit": limit},
        {"$project": {"_id": 0, "user_id": 1, "xp": 1}},
    ]


def size_of(rows: Filter) -> Pipeline:
    """How many users are on the board; yields one CountRow, or none for an empty board."""
    return [{"$match": _ranked(rows)}, {"$count": "users"}]


def ahead_of(rows: Filter, *, xp: int, user_id: int) -> Pipeline:
    """How many stand above a user: with more XP, or the same and a smaller id; yields CountRow or nothing."""
    with_more = {**_ranked(rows), "xp": {"$gt": xp}}
    with_as_much = {**rows, "user_id": {"$gt": 0, "$lt": user_id}, "xp": xp}
    return [{"$match": {"$or": [with_more, with_as_much]}}, {"$count": "users"}]


def some_boards(live: Sequence[Filter], *, count: int) -> Pipeline:
    """Some boards of those whose rows of everybody fit one of these filters; yields such rows."""
    return [{"$match": {"$or": list(live)}}, {"$sample": {"size": count}}]


def _ranked(rows: Filter) -> Filter:
    return {**rows, "user_id": {"$gt": 0}, "xp": {"$gt": 0}}
