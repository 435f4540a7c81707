"""Tasks that bring owed rewards to the mailbox service: each may run twice and be cut off anywhere."""

import asyncio
from typing import Any

import structlog
from prometheus_client import Gauge

from app.game.deliveries import count_overdue
from app.kit.clock import utc_now
from app.resources import Resources
from app.workers.attempts import unless_away

log = structlog.get_logger()

OVERDUE = Gauge("laurel_grants_overdue", "Rewards that have been owed for a day or longer")


async def deliver_grants(ctx: dict[str, Any]) -> None:
    """Send the rewards that are due; one sweep at a time is enough."""
    resources: Resources = ctx["resources"]
    delivering: asyncio.Lock = ctx["delivering"]
    if not delivering.locked():
        async with delivering:
            await unless_away("deliver_grants", resources.game.deliveries.deliver_due(utc_now()))


async def report_overdue_grants(ctx: dict[str, Any]) -> None:  # noqa: ARG001 # arq passes it by this name
    """Say how many rewards have been owed for too long, loudly if there are any."""
    overdue = await unless_away("report_overdue_grants", count_overdue(utc_now()))
    if overdue is not None:
        OVERDUE.set(overdue)
        if overdue:
            log.error("grants.overdue", grants=overdue)
