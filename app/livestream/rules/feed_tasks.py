"""When a feed is built: what is decided about its task, on the task as it is at that moment.

A change asks for a build after a pause, in which others may come. One build sees them all; a build for a
session that started waits for the minute after the one in which the last build began. Whatever is asked for
while a build goes on is due after it.
"""

from datetime import datetime, timedelta
from typing import Any

from app.aggregations.stages import Pipeline

MINUTE = timedelta(minutes=1)
#: A feed may show an ended session for 20 s: these, those of a build and of its repetition, and those for
#: which caches keep an answer.
SOON = timedelta(seconds=8)
#: A builder that has said nothing for so long is taken for dead. One that is not does no harm.
LEASE = timedelta(seconds=5)
TELL_AGAIN_AFTER = timedelta(seconds=10)
#: Clocks of two workers differ by less.
SKEW = timedelta(seconds=5)

Query = dict[str, Any]


def wanted(now: datetime, *, debounce: timedelta) -> Pipeline:
    """A session started: due after the pause, and not in a minute in which a build has begun."""
    next_minute = {
        "$dateAdd": {
            "startDate": {"$dateTrunc": {"date": "$begun_at", "unit": "minute"}},
            "unit": "minute",
            "amount": 1,
        }
    }
    # A clock that was set back must not put builds off.
    latest = now + max(debounce, MINUTE)
    return _one_more({"$min": [{"$max": [now + debounce, next_minute]}, latest]})


def wanted_soon(now: datetime, *, debounce: timedelta) -> Pipeline:
    """A session ended: due soon, whenever the last build was."""
    return _one_more(now + min(debounce, SOON))


def _one_more(due_at: object) -> Pipeline:
    counts = {count: {"$ifNull": [f"${count}", 0]} for count in ("wanted", "built", "begun")}
    counts["wanted"] = {"$add": [counts["wanted"], 1]}
    # What is due already is not put off: $min passes over what is not there.
    return [{"$set": {**counts, "due_at": {"$min": ["$due_at", due_at]}}}]


def can_begin(now: datetime) -> Query:
    """Tasks with a build that is due, or with one that nobody has finished in time."""
    return {
        "$or": [
            {"due_at": {"$lte": now}, "building_until": None},
            {"building_until": {"$lte": now}},
            {"building_until": {"$gt": now + LEASE + SKEW}},
        ]
    }


def begun(now: datetime) -> Pipeline:
    """A build begins, which will see everything wanted so far."""
    return [
        {
            "$set": {
                "due_at": None,
                "begun": {"$add": ["$begun", 1]},
                "begun_at": now,
                "building_until": now + LEASE,
            }
        }
    ]


def finished(version: int, *, seen: int, now: datetime) -> Pipeline:
    """A build has ended; when it began, so much was wanted.

    It says nothing about what was wanted later, and ends the wait for a build that began later only if
    that has nothing more to see.
    """
    is_over = {"$or": [{"$eq": ["$begun", version]}, {"$eq": ["$built", "$wanted"]}]}
    return [
        {"$set": {"built": {"$max": ["$built", seen]}, "tell_at": now}},
        {"$set": {"building_until": {"$cond": [is_over, None, "$building_until"]}}},
    ]
