"""What happens to a session, as updates inside MongoDB: each decides on the session as it is at that moment.

Whatever a caller said goes in as a literal: inside an update pipeline a text may be a field's name.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from app.aggregations.stages import Pipeline, Stage

Row = Mapping[str, Any]
Expression = dict[str, Any]

FOLLOW_UPS: Expression = {"$ifNull": ["$follow_ups", []]}


def active_or_named(new_session: Row) -> Stage:
    """Matches the session that is active already, and the one that has the new one's id and has not ended.

    Each part has an index of its own. Two of them also keep MongoDB from taking a part for the beginnings of
    the document that it may have to insert.
    """
    user = new_session["user"]
    return {
        "$or": [
            {"user": user, "active": True},
            {"_id": new_session["_id"], "user": user, "statuses.ended": None},
        ]
    }


def activated(new_session: Row, *, owed: Sequence[Row]) -> Pipeline:
    """Active and not ended. What is there already stays; what is not comes from the new session.

    A session that was not active owes these follow-ups from now on.
    """
    is_active = {"$eq": ["$active", True]}
    follow_ups = {"$cond": [is_active, FOLLOW_UPS, _owing(owed)]}
    of_now = {"active": True, "follow_ups": follow_ups}
    return [
        {"$replaceWith": {"$mergeObjects": [{"$literal": dict(new_session)}, "$$ROOT", of_now]}},
        {"$unset": "statuses.ended"},
    ]


def started(*, now: datetime) -> Pipeline:
    """Shown, since now unless it has been before."""
    return [{"$set": {"statuses.started": {"$ifNull": ["$statuses.started", now]}}}]


def ended(*, owed: Sequence[Row], now: datetime) -> Pipeline:
    """Over, since now unless it was before; then it owes nothing more than it did."""
    is_over = {"$eq": [{"$type": "$statuses.ended"}, "date"]}
    return [
        {"$set": {"active": False, "follow_ups": {"$cond": [is_over, FOLLOW_UPS, _owing(owed)]}}},
        {"$set": {"statuses.ended": {"$ifNull": ["$statuses.ended", now]}}},
    ]


def owed_if_changed(path: str, value: object, *, owed: Sequence[Row]) -> Stage:
    """Before a value is set: these follow-ups, if it is another one than now."""
    is_other = {"$ne": [f"${path}", {"$literal": value}]}
    return {"$set": {"follow_ups": {"$cond": [is_other, _owing(owed), FOLLOW_UPS]}}}


def owed_besides(owed: Sequence[Row]) -> Stage:
    """These follow-ups, whatever else is owed."""
    return {"$set": {"follow_ups": _owing(owed)}}


def changed(values: Row) -> Stage:
    """These values at these paths."""
    return {"$set": {path: {"$literal": value} for path, value in values.items()}}


def _owing(owed: Sequence[Row]) -> Expression:
    """The follow-ups with these among them; one of the same name is replaced, whoever has taken it."""
    names = [follow_up["name"] for follow_up in owed]
    others = {"$not": {"$in": ["$$one.name", names]}}
    kept = {"$filter": {"input": FOLLOW_UPS, "as": "one", "cond": others}}
    return {"$concatArrays": [kept, {"$literal": [dict(follow_up) for follow_up in owed]}]}
