"""The task that mends player events: it may run twice and be cut off anywhere."""

import asyncio
from typing import Any

import structlog

from app.kit.clock import utc_now
from app.listening.cleanup import Report, clean
from app.listening.rules.spans import DAY, day_of, days
from app.resources import Resources
from app.workers.attempts import unless_away

log = structlog.get_logger()


async def clean_listening(ctx: dict[str, Any]) -> None:
    """Mend the player events of yesterday and today; one clean-up at a time is enough."""
    cleaning: asyncio.Lock = ctx["cleaning"]
    if not cleaning.locked():
        async with cleaning:
            report = await unless_away("clean_listening", _clean(ctx["resources"]))
            if report is not None:
                log.info("listening.cleaned", **report.as_json())


async def _clean(resources: Resources) -> Report:
    now, zone = utc_now(), resources.listening.zone
    today = day_of(now, zone)
    return await clean(days(today - DAY, today, zone), now=now)
