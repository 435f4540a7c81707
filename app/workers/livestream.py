"""Tasks that do what follows from a signal: each may run twice and be cut off anywhere."""

from itertools import groupby
from operator import attrgetter
from typing import Any

from app.jobs import FOLLOW_UP
from app.kit.clock import utc_now
from app.livestream.follow_ups import Owed
from app.resources import Resources
from app.workers.attempts import unless_away


async def follow_up(ctx: dict[str, Any], session_id: str, name: str) -> None:
    """Do one follow-up of a session, if nobody else is at it."""
    resources: Resources = ctx["resources"]
    await unless_away(FOLLOW_UP, resources.livestream.follow_ups.do(Owed(session_id, name), now=utc_now()))


async def sweep_follow_ups(ctx: dict[str, Any]) -> None:
    """Wake a worker for every follow-up that is due and whose wake-up was lost."""
    await unless_away("sweep_follow_ups", _wake_for_due(ctx["resources"]))


async def _wake_for_due(resources: Resources) -> None:
    due = await resources.livestream.follow_ups.due(utc_now())
    for session_id, owed in groupby(due, key=attrgetter("session_id")):
        await resources.jobs.follow_ups(session_id, [one.name for one in owed])
