"""When those who watch are told of another leaderboard: what is decided about a session's record of changes.

A change is due at once, or a second after the last look if that was less ago. A look puts the next one off;
what changes meanwhile is due after it.
"""

from datetime import datetime, timedelta
from typing import Any

from app.aggregations.stages import Pipeline

AT_MOST_EVERY = timedelta(seconds=1)
#: A look that has not ended by then is taken for dead, and another is due.
LEASE = timedelta(seconds=15)


def wanted(now: datetime) -> Pipeline:
    """One more change; a look is due unless one is already."""
    return [
        {
            "$set": {
                "wanted": {"$add": [{"$ifNull": ["$wanted", 0]}, 1]},
                "seen": {"$ifNull": ["$seen", 0]},
                "looks": {"$ifNull": ["$looks", 0]},
                "due_at": {"$ifNull": ["$due_at", {"$max": [now, "$not_before"]}]},
            }
        }
    ]


def taken(now: datetime) -> dict[str, Any]:
    """A look begins."""
    return {"$inc": {"looks": 1}, "$set": {"due_at": now + LEASE}}


def seen(wanted_then: int, *, told: str | None, now: datetime) -> Pipeline:
    """A look has ended, having seen so many changes, and something may have been told."""
    next_at = now + AT_MOST_EVERY
    is_more = {"$gt": ["$wanted", wanted_then]}
    return [
        {
            "$set": {
                "seen": wanted_then,
                "told": told,
                "not_before": next_at,
                "due_at": {"$cond": [is_more, next_at, None]},
            }
        }
    ]
