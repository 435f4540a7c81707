"""A line of a leaderboard as the world sees it."""

from collections.abc import Mapping
from typing import Any

from app.aggregations.earnings import Category, LeaderboardLine

#: Categories in the order in which a summary has them.
SUMMARY = (
    Category.GIFTS,
    Category.VIEWS,
    Category.KARAOKE,
    Category.CHAT,
    Category.SHOW,
    Category.EXCLUSIVE,
)


def shown(line: LeaderboardLine) -> dict[str, Any]:
    """A viewer's line with its summary."""
    return {"id": line["id"], "total": line["total"], "summary": _summary(line)}


def nothing_given(viewer: str) -> dict[str, Any]:
    """What would be the line of one who has given nothing."""
    return {"id": viewer, "total": 0, "summary": _summary({})}


def _summary(diamonds: Mapping[str, Any]) -> dict[str, int]:
    return {f"total.diamonds.{category}": diamonds.get(category, 0) for category in SUMMARY}
