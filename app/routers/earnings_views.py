"""Lines of session leaderboards as plain JSON-ready dicts, the shapes of `schemas.earnings`."""

from typing import Any

from app.aggregations.earnings import LeaderboardLine
from app.earnings.leaderboard import Place

Json = dict[str, Any]

#: Categories in the order in which a summary has them.
SUMMARY = ("gifts", "views", "karaoke", "chat", "show", "exclusive")


def line_view(line: LeaderboardLine) -> Json:
    """A viewer's line."""
    return {"id": line["id"], "total": line["total"], "summary": _summary(line)}


def place_view(viewer: str, place: Place) -> Json:
    """A viewer's line and where it stands; of one who has given nothing, zeros."""
    line: Json = {"id": viewer, "total": 0, "summary": _summary({})}
    if place.line is not None:
        line = line_view(place.line)
    return {**line, "rank": place.rank, "diamonds_to_next": place.to_next}


def _summary(line: Any) -> Json:
    return {f"total.diamonds.{name}": line.get(name, 0) for name in SUMMARY}
