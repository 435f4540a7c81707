"""Listening by day or month: how many listened, and for how long."""

from enum import StrEnum
from typing import Any

from app.aggregations.listening.sessions import LIVE, ON_DEMAND, Heard, played_of, with_playing_time
from app.aggregations.listening.windows import PLAYING, Expression
from app.aggregations.stages import Pipeline, Stage

MILLIS_AN_HOUR = 3_600_000


class By(StrEnum):
    """How long a period is."""

    DAY = "day"
    MONTH = "month"


FORMATS = {By.DAY: "%Y-%m-%d", By.MONTH: "%Y-%m"}


def summary(heard: Heard, *, by: By, zone: str, day_starts_at: int) -> Pipeline:
    """Runs on the events; rows `{period, events, listeners, hours}` in order, the last two also by source.

    `zone`: whose clock says when a day starts, at this hour; a month starts as its first day does. Events
    of any state count as events; who plays is a listener, once in a period, and once of each source.
    """
    period = {"$dateToString": {"date": _day(zone, day_starts_at), "format": FORMATS[by], "timezone": zone}}
    return [
        {"$match": heard.events},
        with_playing_time(),
        # A user's events of a period first, so that the users of a period are only counted.
        {
            "$group": {
                "_id": {"period": period, "user": "$user_identity"},
                "events": {"$sum": 1},
                "playing": {"$max": _while_playing(1)},
                "live": {"$max": _while_playing(_from(LIVE))},
                "ondemand": {"$max": _while_playing(_from(ON_DEMAND))},
                "playing_ms": {"$sum": _while_playing("$played_ms")},
                "live_ms": {"$sum": _while_playing(played_of(LIVE))},
                "ondemand_ms": {"$sum": _while_playing(played_of(ON_DEMAND))},
            }
        },
        _totals(),
        {"$sort": {"_id": 1}},
        _as_rows(),
    ]


def _day(zone: str, day_starts_at: int) -> Expression:
    """An instant on the local day that an event belongs to: until a day starts it is the day before's."""
    is_early = {"$lt": [{"$hour": {"date": "$time", "timezone": zone}}, day_starts_at]}
    day_before = {"$dateSubtract": {"startDate": "$time", "unit": "day", "amount": 1, "timezone": zone}}
    return {"$cond": [is_early, day_before, "$time"]}


def _while_playing(value: Any) -> Expression:
    return {"$cond": [{"$eq": ["$state", PLAYING]}, value, 0]}


def _from(source: str) -> Expression:
    return {"$cond": [{"$eq": ["$source", source]}, 1, 0]}


def _totals() -> Stage:
    return {
        "$group": {
            "_id": "$_id.period",
            "events": {"$sum": "$events"},
            "listeners": {"$sum": "$playing"},
            "listeners_live": {"$sum": "$live"},
            "listeners_ondemand": {"$sum": "$ondemand"},
            "playing_ms": {"$sum": "$playing_ms"},
            "live_ms": {"$sum": "$live_ms"},
            "ondemand_ms": {"$sum": "$ondemand_ms"},
        }
    }


def _as_rows() -> Stage:
    return {
        "$project": {
            "_id": 0,
            "period": "$_id",
            "events": 1,
            "listeners": 1,
            "listeners_live": 1,
            "listeners_ondemand": 1,
            "hours": _hours("$playing_ms"),
            "hours_live": _hours("$live_ms"),
            "hours_ondemand": _hours("$ondemand_ms"),
        }
    }


def _hours(field: str) -> Expression:
    return {"$divide": [field, MILLIS_AN_HOUR]}
