"""The six rules that mend player events: each runs on those of a span, inside MongoDB, and may be repeated.

A rule writes what follows from the events as it has read them. What arrives meanwhile, or what another
clean-up writes, may follow from others; then the next clean-up finds that, as it finds events that come late.
Every changed event gets the rule's stamp, which counts them.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.aggregations.listening.windows import (
    EVENTS,
    PLAYING,
    Expression,
    annotated_duration,
    lasted,
    longest_end,
    with_next_event,
    within,
)
from app.aggregations.stages import Pipeline, Stage, fields_written_to

MEDIA = "listening_media"
#: Below this a duration says nothing.
SHORT_MS = 1_000
MILLIS_A_SECOND = 1_000
DECIMALS = 3

UNKNOWN_END: Stage = {"time_end": None}
KNOWN_END: Stage = {"time_end": {"$ne": None}}
HAS_NEXT: Stage = {"annotated_time_end": {"$ne": None}}


@dataclass(frozen=True, slots=True)
class Part:
    """The events that a rule looks at, both ends included, and the stamp it leaves."""

    since: datetime
    until: datetime
    stamp: Stage

    @property
    def events(self) -> Stage:
        """All events of the part."""
        return within(self.since, self.until)

    @property
    def changed(self) -> Stage:
        """Those that the rule has changed."""
        return {**self.events, "cleaned": self.stamp}


def end_by_next_event(part: Part) -> Pipeline:
    """Rule 1. An event without an end ends with the next one; while playing, at the latest by its maximum."""
    is_playing = {"$eq": ["$state", PLAYING]}
    end = {"$cond": [is_playing, {"$min": ["$annotated_time_end", longest_end()]}, "$annotated_time_end"]}
    return [
        {"$match": part.events},
        with_next_event(),
        {"$match": {**UNKNOWN_END, **HAS_NEXT}},
        {"$project": _end(end, part)},
        fields_written_to(EVENTS),
    ]


def without_end(part: Part, now: datetime) -> Stage:
    """Matches for rule 2: events that play, still have no end, and are over by their maximum."""
    is_over = {"$lt": [longest_end(), now]}
    return {**part.events, "state": PLAYING, **UNKNOWN_END, "$expr": is_over}


def end_by_maximum(part: Part) -> Pipeline:
    """Rule 2, an update: they end by their maximum."""
    return [{"$set": _end(longest_end(), part)}]


def end_too_long(part: Part) -> Pipeline:
    """Rule 3. Nothing plays on once the listener's next event has begun."""
    return [
        {"$match": part.events},
        with_next_event(),
        {"$match": {"state": PLAYING, **KNOWN_END, **HAS_NEXT}},
        {"$match": {"$expr": {"$gt": ["$time_end", "$annotated_time_end"]}}},
        {"$project": _end("$annotated_time_end", part)},
        fields_written_to(EVENTS),
    ]


def end_too_short(part: Part) -> Pipeline:
    """Rule 4. What seems to have played for a second or less went on until the next event or the maximum."""
    is_short = {"$lte": [lasted(), SHORT_MS]}
    went_on = {"$gt": [annotated_duration(), SHORT_MS]}
    return [
        {"$match": part.events},
        with_next_event(),
        {"$match": {"state": PLAYING, **KNOWN_END, **HAS_NEXT}},
        {"$match": {"$expr": {"$and": [is_short, went_on]}}},
        {"$project": _end({"$add": ["$time", annotated_duration()]}, part)},
        fields_written_to(EVENTS),
    ]


def without_duration(part: Part) -> Stage:
    """Matches for rule 5: ended events that played and whose duration is missing, or below 1 s and wrong."""
    is_long = {"$gte": [lasted(), SHORT_MS]}
    unfit = [
        {"calculated_duration_s": None},
        {"calculated_duration_s": {"$lt": 1}, "$expr": is_long},
    ]
    return {**part.events, "state": PLAYING, **KNOWN_END, "$or": unfit}


def calculate_duration(part: Part) -> Pipeline:
    """Rule 5, an update: the seconds that they lasted."""
    seconds = {"$round": [{"$divide": [lasted(), MILLIS_A_SECOND]}, DECIMALS]}
    return [{"$set": {"calculated_duration_s": seconds, "cleaned": {"$literal": part.stamp}}}]


def maximum_by_media(part: Part) -> Pipeline:
    """Rule 6. What plays with next to no maximum may last as long as its piece does, if that is known."""
    known = {"media": {"$ne": None}}
    differs = {"$ne": ["$media.duration_ms", "$max_duration_ms"]}
    return [
        *_with_media(part),
        {"$match": {**known, "$expr": differs}},
        {"$project": {"max_duration_ms": "$media.duration_ms", "cleaned": {"$literal": part.stamp}}},
        fields_written_to(EVENTS),
    ]


def unknown_media(part: Part) -> Pipeline:
    """Rows `{_id: uid}` of the pieces that rule 6 would have to know."""
    return [
        *_with_media(part),
        {"$match": {"media": None}},
        {"$group": {"_id": "$uid"}},
        {"$sort": {"_id": 1}},
    ]


def _with_media(part: Part) -> Pipeline:
    """Events that play with next to no maximum: the `uid` of the piece, and `media` if it is known."""
    uid = {"$arrayElemAt": [{"$split": ["$obj_key", ":"]}, 1]}
    lookup = {"from": MEDIA, "localField": "uid", "foreignField": "_id", "as": "media"}
    return [
        {"$match": {**part.events, "state": PLAYING, "max_duration_ms": {"$lt": SHORT_MS}}},
        {"$project": {"max_duration_ms": 1, "uid": uid}},
        {"$lookup": lookup},
        {"$set": {"media": {"$ifNull": [{"$first": "$media"}, None]}}},
    ]


def _end(end: Any, part: Part) -> Expression:
    """The fields of an event that ends otherwise, by this rule. The duration belonged to the end before."""
    return {
        "time_end": end,
        "calculated_duration_s": {"$literal": None},
        "cleaned": {"$literal": part.stamp},
    }
