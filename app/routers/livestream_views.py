"""Sessions as plain JSON-ready dicts, the shapes of `schemas.livestream`."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from app.kit.clock import to_millis

Json = dict[str, Any]


def session_view(session: Mapping[str, Any]) -> Json:
    """A session, without what is still to follow from it."""
    session_id = str(session["_id"])
    statuses, rating, metadata = session["statuses"], session["rating"], session["metadata"]
    return {
        "id": session_id,
        "_id": session_id,
        "user": str(session["user"]),
        "title": session["title"],
        "active": session["active"],
        "status": {"preset": session["status"]["preset"]},
        "statuses": {name: _millis(statuses.get(name)) for name in ("created", "started", "ended")},
        "pricing": session["pricing"],
        "tags": session["tags"],
        "show_goal_pairs": session["show_goal_pairs"],
        "exclusive_goal_pairs": session["exclusive_goal_pairs"],
        "rating": {
            "current": rating.get("current"),
            "current_count": rating.get("current_count", 0),
            "previous": rating.get("previous"),
            "previous_count": rating.get("previous_count", 0),
        },
        "metadata": {"name": metadata.get("name"), "viewer_count": metadata["viewer_count"]},
    }


def live_session_view(session: Mapping[str, Any]) -> Json:
    """A session that is shown now."""
    return {
        "id": str(session["_id"]),
        "user": str(session["user"]),
        "username": session["username"],
        "title": session.get("title"),
        "started": to_millis(session["started"]),
        "viewers": session["viewers"],
    }


def _millis(instant: datetime | None) -> int | None:
    return None if instant is None else to_millis(instant)
