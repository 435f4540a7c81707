"""The task that removes archives at the end of their retention: it may run twice and be cut off anywhere."""

from typing import Any

import structlog

from app.game.archives.retention import oldest_end, remove_expired
from app.kit.clock import utc_now
from app.resources import Resources
from app.workers.attempts import unless_away

log = structlog.get_logger()


async def sweep_archives(ctx: dict[str, Any]) -> None:
    """Remove what has been kept for as long as the settings say now."""
    resources: Resources = ctx["resources"]
    ended_by = oldest_end(utc_now(), days=resources.settings.archive_retention_days)
    removed = await unless_away("sweep_archives", remove_expired(resources.ranks, ended_by=ended_by))
    if removed:
        log.info("archives.removed", archives=removed)
