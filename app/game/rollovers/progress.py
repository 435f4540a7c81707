"""Rollovers as administrators follow them: the ledger, with what is done and what is owed counted."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from app.aggregations.progress import count_grants, count_shards
from app.game.documents import ShardDocument
from app.game.leaderboards import Leaderboards
from app.game.ledgers import GrantDocument, GrantStatus, RunState
from app.game.rollovers.runs import read_run, read_runs

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Progress:
    """A run as it stands in the ledger, how many of its shards are done, and where its grants are."""

    run: Row
    shards_done: int
    shards: int
    owed: int
    sent: int


async def run_progress(leaderboards: Leaderboards, run_id: str) -> Progress:
    """One run. Raises UnknownRun. Whoever sees it finished here finds its leaderboard reopened here too."""
    run = await read_run(run_id)
    leaderboards.forget(run["leaderboard_id"])
    (progress,) = await _counted([run])
    return progress


async def runs_progress(leaderboard_id: str | None) -> list[Progress]:
    """The newest 100 runs, of one leaderboard or of all."""
    return await _counted(await read_runs(leaderboard_id))


async def _counted(runs: Sequence[Row]) -> list[Progress]:
    shards = await _count_shards(run for run in runs if run["state"] != RunState.DONE)
    grants = await _count_grants(runs)
    return [
        Progress(
            run,
            # A run that is done is done with all of them, also when their archives have expired.
            *shards.get(_cycle_of(run), (run["shards"], run["shards"])),
            owed=grants.get((run["_id"], GrantStatus.OWED), 0),
            sent=grants.get((run["_id"], GrantStatus.SENT), 0),
        )
        for run in runs
    ]


async def _count_shards(unfinished: Iterable[Row]) -> dict[tuple[str, int], tuple[int, int]]:
    """Shards done and in all, by leaderboard and cycle."""
    cycles = [_cycle_of(run) for run in unfinished]
    if not cycles:
        return {}
    counted = ShardDocument.get_motor_collection().aggregate(count_shards(cycles))
    none_yet = dict.fromkeys(cycles, (0, 0))
    return none_yet | {
        (row["leaderboard_id"], row["cycle"]): (row["done"], row["total"]) async for row in counted
    }


async def _count_grants(runs: Sequence[Row]) -> dict[tuple[str, str], int]:
    """Grants by run and status."""
    counted = GrantDocument.get_motor_collection().aggregate(count_grants([run["_id"] for run in runs]))
    return {(row["run_id"], row["status"]): row["grants"] async for row in counted}


def _cycle_of(run: Row) -> tuple[str, int]:
    return run["leaderboard_id"], run["cycle"]
