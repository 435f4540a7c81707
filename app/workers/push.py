"""The task that sends push messages that are owed: it may run twice and be cut off anywhere."""

import asyncio
from typing import Any

from app.jobs import SEND_PUSHES
from app.kit.clock import utc_now
from app.resources import Resources
from app.workers.attempts import unless_away


async def send_pushes(ctx: dict[str, Any]) -> None:
    """Send what is due; one sweep at a time is enough."""
    resources: Resources = ctx["resources"]
    pushing: asyncio.Lock = ctx["pushing"]
    if not pushing.locked():
        async with pushing:
            await unless_away(SEND_PUSHES, resources.livestream.push.send_due(utc_now()))
