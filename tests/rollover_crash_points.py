"""The crash points of a rollover: run as a script, like `mortals` says.

A job is all that a worker does until nothing is owed, with a few scores that arrive meanwhile.
"""

import asyncio
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime

from mortals import Job, Json, serve

from app.game.indexing import build_missing_boards, check_board, live_shard_ids
from app.game.journal import repair_after_silent_writers
from app.game.ledgers import GrantDocument, GrantStatus, RunState
from app.game.rollovers.runs import read_runs
from app.game.score_round import ScoreOrder, keyed
from app.resources import Resources, open_resources
from app.settings import Settings
from app.workers.rollover import sweep_rollovers

#: Account, leaderboard, delta and key.
Score = tuple[str, str, int, str]

CALLER = "sweep"
LOOKS_AGAIN_AFTER_S = 0.02


@dataclass(frozen=True, kw_only=True)
class RolloverJob(Job):
    """Scores to send with a key each: while the board is locked, and again when everything else is done."""

    scores: list[Score] = field(default_factory=list)
    retries: list[Score] = field(default_factory=list)


async def work(job: RolloverJob) -> Json:
    """With retries: the answers to them, and how each board of the rank index differs from MongoDB."""
    async with open_resources(Settings(**job.settings), command_timeout_ms=None) as resources:
        await sweep_rollovers({"resources": resources})
        await asyncio.gather(*(_send(resources, *score) for score in job.scores))
        await _roll_over(resources)
        await _deliver(resources)
        return await _look_back(resources, job) if job.retries else {}


async def _look_back(resources: Resources, job: RolloverJob) -> Json:
    answers = [await _send(resources, *score) for score in job.retries]
    await repair_after_silent_writers(resources.ranks)
    await build_missing_boards(resources.ranks)
    drift = [asdict(await check_board(resources.ranks, shard)) async for shard in live_shard_ids()]
    return {"answers": answers, "drift": drift}


async def _send(resources: Resources, account_id: str, board: str, delta: int, key: str) -> Json:
    order = keyed(ScoreOrder(account_id, board, None, delta), caller=CALLER, key=key)
    return (await resources.game.scores.add(order))._asdict()


async def _roll_over(resources: Resources) -> None:
    while running := [row["_id"] for row in await read_runs(None) if row["state"] == RunState.RUNNING]:
        for run_id in running:
            await resources.game.rollovers.run(run_id)
        await asyncio.sleep(LOOKS_AGAIN_AFTER_S)


async def _deliver(resources: Resources) -> None:
    owed = {"status": GrantStatus.OWED}
    while await GrantDocument.get_motor_collection().find_one(owed):
        await resources.game.deliveries.deliver_due(datetime.now(UTC))


if __name__ == "__main__":
    serve(work, RolloverJob)
