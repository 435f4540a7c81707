"""The task that tells of leaderboards that have changed: it may run twice and be cut off anywhere."""

import asyncio
from typing import Any

from bson import ObjectId

from app.earnings.changes import due_changes
from app.kit.clock import utc_now
from app.resources import Resources
from app.workers.attempts import unless_away

#: Leaderboards that one process looks at side by side.
AT_ONCE = 4


async def tell_leaderboards(ctx: dict[str, Any]) -> None:
    """Tell of every leaderboard for which that is due; one sweep at a time is enough."""
    telling: asyncio.Lock = ctx["telling"]
    if not telling.locked():
        async with telling:
            await unless_away("tell_leaderboards", _tell_due(ctx["resources"]))


async def _tell_due(resources: Resources) -> None:
    room = asyncio.Semaphore(AT_ONCE)

    async def tell(session_id: ObjectId) -> None:
        async with room:
            # One that cannot be told now does not keep others from it.
            await unless_away("tell_leaderboards", resources.earnings.news.tell(session_id))

    await asyncio.gather(*(tell(session_id) for session_id in await due_changes(utc_now())))
