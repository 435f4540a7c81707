"""Feeds as plain JSON-ready dicts, the shapes of `schemas.feeds`."""

from collections.abc import Mapping
from typing import Any

from app.kit.clock import to_millis

Json = dict[str, Any]


def feed_item_view(item: Mapping[str, Any]) -> Json:
    """One streamer in a feed."""
    started = item["metadata"]["started"]
    metadata = {**item["metadata"], "started": None if started is None else to_millis(started)}
    return {**item, "id": str(item["id"]), "metadata": metadata}
