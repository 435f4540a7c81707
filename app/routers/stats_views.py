"""Statistics as plain JSON-ready dicts, the shapes of `schemas.stats`."""

from collections.abc import Mapping
from typing import Any

Json = dict[str, Any]


def stream_event_view(event: Mapping[str, Any]) -> Json:
    """A stored event."""
    shown = {**event, "id": event["_id"].hex()}
    del shown["_id"]
    return shown
