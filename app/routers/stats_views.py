"""Statistics as plain JSON-ready dicts, the shapes of `schemas.stats`."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from app.listening.rules.player_events import remote_address

Json = dict[str, Any]


def stream_event_view(event: Mapping[str, Any]) -> Json:
    """A stored event."""
    shown = {**event, "id": event["_id"].hex()}
    del shown["_id"]
    return shown


def listening_session_view(session: Mapping[str, Any]) -> Json:
    """A session; whoever listened, from where."""
    shown = {
        **session,
        "time_start": _iso(session["time_start"]),
        "time_end": _iso(session["time_end"]),
        "remote_addr": remote_address(session["device_key"]),
    }
    del shown["device_key"]
    return shown


def _iso(instant: datetime | None) -> str | None:
    return None if instant is None else instant.isoformat()
