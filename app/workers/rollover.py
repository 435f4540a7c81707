"""Rollovers in a worker: what is due is begun, and whatever nobody carries on is taken up.

A run takes as long as it takes, which no job may: jobs only wake this process up to hold it.
"""

import asyncio
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self

import structlog
from prometheus_client import Gauge
from pymongo.errors import PyMongoError

from app.game.errors import LeaseLost, UnknownRun
from app.game.rollovers.rollover import Rollovers
from app.game.rollovers.runs import count_stuck, free_runs
from app.kit.errors import Unavailable
from app.resources import Resources
from app.workers.attempts import unless_away

log = structlog.get_logger()

#: Runs of one process that are carried on side by side; more would only share the same MongoDB.
AT_ONCE = 4

STUCK = Gauge("laurel_rollovers_stuck", "Rollovers that failed too often and wait for an administrator")


class Rolling:
    """The runs that this process carries on; leaving it hands them to other workers at once."""

    def __init__(self, rollovers: Rollovers) -> None:
        self._rollovers = rollovers
        self._room = asyncio.Semaphore(AT_ONCE)
        self._runs: dict[str, asyncio.Task[None]] = {}

    def take_up(self, run_id: str) -> None:
        """Carry a run on in the background, unless this process does so already."""
        if run_id not in self._runs:
            task = self._runs[run_id] = asyncio.create_task(self._carry_on(run_id))
            task.add_done_callback(lambda _: self._runs.pop(run_id))

    async def _carry_on(self, run_id: str) -> None:
        try:
            async with self._room:
                await self._rollovers.run(run_id)
        except (LeaseLost, UnknownRun, Unavailable, PyMongoError) as error:
            log.warning("rollover.left", run_id=run_id, error=type(error).__name__)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        tasks = list(self._runs.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def roll_over(ctx: dict[str, Any], run_id: str) -> None:
    """Carry a run on that somebody has begun."""
    rolling: Rolling = ctx["rolling"]
    rolling.take_up(run_id)


async def sweep_rollovers(ctx: dict[str, Any]) -> None:
    """Begin what is due, and wake a worker for every run that nobody holds."""
    await unless_away("sweep_rollovers", _sweep(ctx["resources"]))


async def _sweep(resources: Resources) -> None:
    await resources.game.rollovers.begin_due(datetime.now(UTC))
    await resources.jobs.roll_over(await free_runs())
    STUCK.set(await count_stuck())
