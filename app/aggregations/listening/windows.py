"""Player events of one listener in order of time: a user on a device."""

from datetime import datetime
from typing import Any

from app.aggregations.stages import Stage

EVENTS = "player_events"
PLAYING = "playing"

#: What belongs together, and in which order. A user on a device has one field for both.
LISTENER = "$listener"
IN_ORDER: Stage = {"time": 1, "_id": 1}

Expression = dict[str, Any]


def within(since: datetime | None, until: datetime | None) -> Stage:
    """Matches the events that begin between two instants, both included; None for no bound."""
    bounds = {name: instant for name, instant in (("$gte", since), ("$lte", until)) if instant is not None}
    return {"time": bounds} if bounds else {}


def windowed(**output: Expression) -> Stage:
    """Adds to each event what follows from the others of its listener."""
    return {"$setWindowFields": {"partitionBy": LISTENER, "sortBy": IN_ORDER, "output": output}}


def shifted(field: str, by: int) -> Expression:
    """A field of the event so many places on; null if there is none."""
    return {"$shift": {"output": f"${field}", "by": by}}


def with_next_event() -> Stage:
    """Adds `annotated_time_end`: when the listener's next event begins."""
    return windowed(annotated_time_end=shifted("time", 1))


def annotated_duration() -> Expression:
    """Milliseconds until the next event, and at most those an event may last; needs a next event."""
    return {"$min": [{"$subtract": ["$annotated_time_end", "$time"]}, "$max_duration_ms"]}


def longest_end() -> Expression:
    """When an event is over at the latest."""
    return {"$add": ["$time", "$max_duration_ms"]}


def lasted() -> Expression:
    """Milliseconds from an event's beginning to its end; null while that is not known."""
    return {"$subtract": ["$time_end", "$time"]}
