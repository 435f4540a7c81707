"""Listening sessions: playing events of a listener without a long silence between them, as one row each."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.aggregations.listening.windows import PLAYING, Expression, lasted, shifted, windowed, within
from app.aggregations.stages import Pipeline, Stage

#: A silence that is longer begins another session.
LONGEST_SILENCE_MS = 300_000
#: A session has played longer than this.
SHORTEST_PLAYING_MS = 30_000
MILLIS_A_SECOND = 1_000
LIVE = "live"
ON_DEMAND = "on-demand"


@dataclass(frozen=True, slots=True)
class Heard:
    """Which events: those that begin within bounds that are included, of a user."""

    since: datetime | None = None
    until: datetime | None = None
    user_identity: str | None = None

    @property
    def events(self) -> Stage:
        """What they match."""
        user = {} if self.user_identity is None else {"user_identity": self.user_identity}
        return {**within(self.since, self.until), **user}


def listening_sessions(heard: Heard, *, limit: int) -> Pipeline:
    """Runs on the events; rows of the sessions by their beginning.

    An event whose former has no known end goes on with its session, as a comparison with NULL does in SQL.
    Events that overlap count their playing time each.
    """
    silence = {"$subtract": ["$time", "$previous_end"]}
    begins_anew = {"$cond": [{"$gt": [silence, LONGEST_SILENCE_MS]}, 1, 0]}
    so_far = {"documents": ["unbounded", "current"]}
    return [
        {"$match": {**heard.events, "state": PLAYING}},
        windowed(previous_end=shifted("time_end", -1)),
        windowed(group={"$sum": begins_anew, "window": so_far}),
        with_playing_time(),
        _grouped(),
        {"$match": {"playing_ms": {"$gt": SHORTEST_PLAYING_MS}}},
        {"$sort": {"time_start": 1, "user_identity": 1, "device_key": 1}},
        {"$limit": limit},
        _as_rows(),
    ]


def with_playing_time() -> Stage:
    """Adds `played_ms`, how long an event has played: as calculated, or else from its end; null without one.

    Whole milliseconds, because sums of fractions would be off by a little, and a bound is a bound.
    """
    calculated = {"$round": [{"$multiply": ["$calculated_duration_s", MILLIS_A_SECOND]}]}
    return {"$set": {"played_ms": {"$ifNull": [calculated, lasted()]}}}


def played_of(source: str) -> Expression:
    """The same for events of this source, 0 for all others."""
    return {"$cond": [{"$eq": ["$source", source]}, "$played_ms", 0]}


def seconds(field: str) -> Expression:
    """Milliseconds as seconds."""
    return {"$divide": [field, MILLIS_A_SECOND]}


def _grouped() -> Stage:
    return {
        "$group": {
            "_id": {"listener": "$listener", "group": "$group"},
            "user_identity": {"$first": "$user_identity"},
            "device_key": {"$first": "$device_key"},
            "time_start": {"$min": "$time"},
            "time_end": {"$max": "$time_end"},
            "playing_ms": {"$sum": "$played_ms"},
            "live_ms": {"$sum": played_of(LIVE)},
            "ondemand_ms": {"$sum": played_of(ON_DEMAND)},
        }
    }


def _as_rows() -> Stage:
    duration: dict[str, Any] = {"$subtract": ["$time_end", "$time_start"]}
    return {
        "$project": {
            "_id": 0,
            "time_start": 1,
            "time_end": 1,
            "duration_s": {"$divide": [duration, MILLIS_A_SECOND]},
            "duration_playing_s": seconds("$playing_ms"),
            "duration_playing_live_s": seconds("$live_ms"),
            "duration_playing_ondemand_s": seconds("$ondemand_ms"),
            "user_identity": 1,
            "device_key": 1,
        }
    }
