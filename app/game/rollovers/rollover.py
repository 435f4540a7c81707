"""Rollovers: begun when due or asked for, carried on wherever they were left, done once."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import structlog
from pymongo.errors import PyMongoError

from app.clients.guild import GuildClient
from app.game.errors import LeaseLost, UnknownLeaderboard
from app.game.leaderboards import Leaderboards
from app.game.ledgers import RunState, Step
from app.game.placement import Placer
from app.game.rollovers.enrollment_steps import end_season, settle_enrollments
from app.game.rollovers.reopening import drop_boards, open_next_cycle, take_pending_scores
from app.game.rollovers.runs import (
    Run,
    begin_due_run,
    begin_run,
    claim,
    due_leaderboards,
    enter,
    finish,
    is_still_locked,
    note_shards,
    put_off,
    read_run,
    release,
    renew,
)
from app.game.rollovers.shard_steps import (
    archive_shards,
    close_shards,
    move_shards,
    rank_shards,
    reward_shards,
)
from app.kit.periods import RolloverTimes
from app.ranking.errors import RankIndexAway
from app.ranking.index import RankIndex

log = structlog.get_logger()

RENEWED_EVERY_S = 4.0


class Rollovers:
    """Begins runs and carries them on; one per process."""

    def __init__(
        self,
        leaderboards: Leaderboards,
        placer: Placer,
        ranks: RankIndex,
        guilds: GuildClient,
        times: RolloverTimes,
    ) -> None:
        self._leaderboards = leaderboards
        self._placer = placer
        self._ranks = ranks
        self._guilds = guilds
        self._times = times

    async def begin(self, leaderboard_id: str, *, actor: str, now: datetime) -> dict[str, Any]:
        """End the running cycle of a leaderboard; the run, or the one that is going on.

        Raises UnknownLeaderboard.
        """
        return await begin_run(self._leaderboards, leaderboard_id, actor=actor, now=now)

    async def begin_due(self, now: datetime) -> list[str]:
        """Begin a run for every leaderboard whose time has come; returns the runs' ids."""
        begun = [
            await begin_due_run(self._leaderboards, leaderboard_id, now=now)
            for leaderboard_id in await due_leaderboards(now)
        ]
        return [row["_id"] for row in begun if row is not None]

    async def run(self, run_id: str) -> dict[str, Any]:
        """Carry a run on until it is done or a step fails; the run as it then stands.

        Whoever else holds it keeps it. A failed step is noted and tried again after a pause; cancelling
        this lets another worker go on at once. Raises UnknownRun, or LeaseLost if this was too slow.
        """
        run = await claim(run_id)
        if run is not None:
            with structlog.contextvars.bound_contextvars(run_id=run_id, leaderboard=run.leaderboard_id):
                await self._hold(run)
        return await read_run(run_id)

    async def _hold(self, run: Run) -> None:
        """Carry the run on while its lease is renewed; without the lease nothing more is done."""
        working = asyncio.ensure_future(self._carry_on(run))
        renewing = asyncio.ensure_future(_keep_renewing(run))
        try:
            await asyncio.wait({working, renewing}, return_when=asyncio.FIRST_COMPLETED)
            if renewing.done():
                working.cancel()
                await renewing
            await working
        except LeaseLost:
            log.warning("rollover.lease_lost")
            raise
        except asyncio.CancelledError:
            working.cancel()
            await asyncio.gather(working, return_exceptions=True)
            await release(run)
            raise
        except Exception as error:  # noqa: BLE001 # whatever it is, the run is tried again
            await self._note_failure(run, error)
        finally:
            renewing.cancel()

    async def _note_failure(self, run: Run, error: Exception) -> None:
        state = await put_off(run, error)
        event = log.error if state is RunState.STUCK else log.warning
        event("rollover." + ("stuck" if state is RunState.STUCK else "put_off"), exc_info=error)

    async def _carry_on(self, run: Run) -> None:
        for step in list(Step)[list(Step).index(run.step) :]:
            if step is not run.step:
                await enter(run, step)
                run = replace(run, step=step)
            if not await self._take(run):
                await finish(run, RunState.ABANDONED)
                log.warning("rollover.abandoned")
                return
        await finish(run, RunState.DONE)
        log.info("rollover.done", cycle=run.cycle)

    async def _take(self, run: Run) -> bool:
        """Do the step that the run has come to; False if the leaderboard was deleted."""
        if run.step is Step.REOPEN:
            return await self._reopen(run)
        if not await is_still_locked(run):
            return False
        acts: dict[Step, Callable[[], Awaitable[None]]] = {
            Step.LOCK: lambda: self._close(run),
            Step.RANK: lambda: rank_shards(run),
            Step.ARCHIVE: lambda: archive_shards(run, self._guilds),
            Step.REWARD: lambda: reward_shards(run),
            Step.MOVE: lambda: move_shards(run),
            Step.IDLE: lambda: settle_enrollments(run),
            Step.SEASON: lambda: end_season(run),
        }
        await acts[run.step]()
        return True

    async def _close(self, run: Run) -> None:
        await note_shards(run, await close_shards(run))

    async def _reopen(self, run: Run) -> bool:
        now = datetime.now(UTC)
        await open_next_cycle(run, self._times, now=now)
        try:
            waited = await take_pending_scores(run, self._leaderboards, self._placer, now=now)
        except UnknownLeaderboard:
            return False
        try:
            await drop_boards(run, self._ranks)
        except RankIndexAway:
            # The next cycle is open and does not wait for this: they go with their archives.
            log.warning("rollover.boards_left")
        log.info("rollover.reopened", waited=waited)
        return True


async def _keep_renewing(run: Run) -> None:
    while True:
        await asyncio.sleep(RENEWED_EVERY_S)
        with contextlib.suppress(PyMongoError):  # the lease is long enough for another try
            await renew(run)
