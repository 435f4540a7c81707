"""Player events mended span by span: ends and durations that players did not tell.

A clean-up may be cut anywhere, repeated, and run beside another: every rule looks at what there is, and once
all is mended there is nothing left to change.
"""

from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from bson import ObjectId

from app.aggregations.listening.cleanup import (
    Part,
    calculate_duration,
    end_by_maximum,
    end_by_next_event,
    end_too_long,
    end_too_short,
    maximum_by_media,
    unknown_media,
    without_duration,
    without_end,
)
from app.aggregations.stages import Pipeline, Stage
from app.listening.documents import PlayerEventDocument
from app.listening.rules.spans import Span


class Rule(StrEnum):
    """What mends an event, in the order of the rules' application.

    A maximum is mended first, because the ends follow from it: mended last, a second clean-up would find
    other ends than the first.
    """

    MAXIMUM_BY_MEDIA = "maximum_by_media"
    BY_NEXT_EVENT = "by_next_event"
    BY_MAXIMUM = "by_maximum"
    TOO_LONG = "too_long"
    TOO_SHORT = "too_short"
    DURATION = "duration"


@dataclass(slots=True)
class Report:
    """How many events each rule has changed, and pieces that would have to be known to change more."""

    spans: int = 0
    changed: Counter[Rule] = field(default_factory=Counter)
    unknown_media: set[str] = field(default_factory=set)

    def add(self, changed: Counter[Rule], unknown: Iterable[str]) -> None:
        """One more span is done."""
        self.spans += 1
        self.changed.update(changed)
        self.unknown_media.update(unknown)

    def as_json(self) -> dict[str, Any]:
        """The report for programs and logs."""
        return {
            "spans": self.spans,
            "changed": {rule.value: self.changed[rule] for rule in Rule},
            "unknown_media": sorted(self.unknown_media),
        }


async def clean(
    spans: Iterable[Span], *, now: datetime, tell: Callable[[int], None] = lambda _: None
) -> Report:
    """Apply every rule to one span after the other; `tell` hears of each that is done."""
    report = Report()
    for span in spans:
        report.add(*await clean_span(span, now=now))
        tell(1)
    return report


async def clean_span(span: Span, *, now: datetime) -> tuple[Counter[Rule], list[str]]:
    """Apply every rule to the events of one span: how many each has changed, and pieces that are unknown."""
    changed = Counter({rule: await apply(_part(span, rule)) for rule, apply in _rules(now)})
    found = _events().aggregate(unknown_media(_part(span, Rule.MAXIMUM_BY_MEDIA)))
    return changed, [row["_id"] async for row in found]


Apply = Callable[[Part], Awaitable[int]]


def _rules(now: datetime) -> list[tuple[Rule, Apply]]:
    return [
        (Rule.MAXIMUM_BY_MEDIA, _merging(maximum_by_media)),
        (Rule.BY_NEXT_EVENT, _merging(end_by_next_event)),
        (Rule.BY_MAXIMUM, _updating(lambda part: without_end(part, now), end_by_maximum)),
        (Rule.TOO_LONG, _merging(end_too_long)),
        (Rule.TOO_SHORT, _merging(end_too_short)),
        (Rule.DURATION, _updating(without_duration, calculate_duration)),
    ]


def _merging(rule: Callable[[Part], Pipeline]) -> Apply:
    async def apply(part: Part) -> int:
        events = _events()
        await events.aggregate(rule(part), allowDiskUse=True).to_list(None)
        # $merge does not say how many it changed; the stamp of this very application does.
        return int(await events.count_documents(part.changed))

    return apply


def _updating(matching: Callable[[Part], Stage], rule: Callable[[Part], Pipeline]) -> Apply:
    async def apply(part: Part) -> int:
        return int((await _events().update_many(matching(part), rule(part))).modified_count)

    return apply


def _part(span: Span, rule: Rule) -> Part:
    return Part(span.starts_at, span.looked_at_until, {"rule": rule.value, "mark": ObjectId()})


def _events() -> Any:
    return PlayerEventDocument.get_motor_collection()
