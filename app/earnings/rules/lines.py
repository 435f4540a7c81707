"""A line of a leaderboard: what a viewer gave, and how the world sees it."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, TypedDict

from app.aggregations.earnings import (
    COUNTED,
    PARTS_OF_GIFTS,
    Category,
    SessionEarnings,
    field_of,
    key_of,
    read_for,
)

#: Categories in the order in which a summary has them.
SUMMARY = (
    Category.GIFTS,
    Category.VIEWS,
    Category.KARAOKE,
    Category.CHAT,
    Category.SHOW,
    Category.EXCLUSIVE,
)
#: Diamonds by category; nothing is 0.
Given = Counter[Category]


class LeaderboardLine(TypedDict):
    """A viewer's line; what was not asked for is 0."""

    id: str
    total: int
    views: int
    gifts: int
    chat: int
    exclusive: int
    karaoke: int
    show: int


def line_of(viewer: str, given: Given, earnings: SessionEarnings) -> LeaderboardLine:
    """What is shown of a viewer: views with the chat in them, gifts without karaoke and show."""
    has = {one: given[one] if one in earnings.categories else 0 for one in Category}
    if Category.GIFTS in earnings.categories:
        has |= {part: given[part] for part in PARTS_OF_GIFTS}
        has[Category.GIFTS] -= sum(given[part] for part in PARTS_OF_GIFTS)
    return LeaderboardLine(
        id=viewer,
        total=sum(given[one] for one in COUNTED if one in earnings.categories),
        views=has[Category.VIEWS] + has[Category.CHAT],
        gifts=has[Category.GIFTS],
        chat=has[Category.CHAT],
        exclusive=has[Category.EXCLUSIVE],
        karaoke=has[Category.KARAOKE],
        show=has[Category.SHOW],
    )


def given_in_row(row: Mapping[str, Any]) -> Given:
    """The diamonds of a viewer's row."""
    return Counter({one: row.get(field_of(one), 0) for one in Category})


def given_in_hours(hours: Iterable[Mapping[str, Any]], earnings: SessionEarnings) -> Mapping[str, Given]:
    """What each viewer gave in these hours, or in parts of them, one added to the other."""
    keys = [(one, key_of(one, earnings.session)) for one in read_for(earnings)]
    given: dict[str, Counter[Category]] = defaultdict(Counter)
    for hour in hours:
        for category, key in keys:
            for viewer, entry in hour["breakdown"].get(key, {}).items():
                given[viewer][category] += entry["total"]
    return given


def shown(line: LeaderboardLine) -> dict[str, Any]:
    """A viewer's line with its summary."""
    return {"id": line["id"], "total": line["total"], "summary": _summary(line)}


def nothing_given(viewer: str) -> dict[str, Any]:
    """What would be the line of one who has given nothing."""
    return {"id": viewer, "total": 0, "summary": _summary({})}


def _summary(diamonds: Mapping[str, Any]) -> dict[str, int]:
    return {f"total.diamonds.{category}": diamonds.get(category, 0) for category in SUMMARY}
