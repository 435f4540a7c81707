"""Rollovers that somebody asked for."""

from datetime import datetime
from typing import Any

from app.game import audit
from app.game.errors import UnknownLeaderboard
from app.game.inspection import list_ids
from app.game.leaderboards import Leaderboards
from app.game.rollovers.runs import begin_run


async def request_rollover(
    leaderboards: Leaderboards, leaderboard_id: str, *, actor: str, now: datetime
) -> dict[str, Any]:
    """End the running cycle of a leaderboard; the run, or the one that is going on already.

    Raises UnknownLeaderboard.
    """
    run = await begin_run(leaderboards, leaderboard_id, actor=actor, now=now)
    await audit.record(
        actor=actor,
        action="rollover.requested",
        leaderboard_id=leaderboard_id,
        now=now,
        details={"runId": run["_id"], "cycle": run["cycle"]},
    )
    return run


async def request_all_rollovers(
    leaderboards: Leaderboards, *, actor: str, now: datetime
) -> list[dict[str, Any]]:
    """The same for every leaderboard there is."""
    runs = []
    for leaderboard_id in await list_ids():
        try:
            runs.append(await request_rollover(leaderboards, leaderboard_id, actor=actor, now=now))
        except UnknownLeaderboard:
            continue  # deleted meanwhile
    return runs
