"""Tasks that keep the rank index equal to MongoDB: each may run twice and be cut off anywhere."""

import asyncio
from typing import Any

import structlog
from prometheus_client import Gauge

from app.game.definitions import discard_deleted_cycles
from app.game.indexing import build_missing_board, build_missing_boards, sample_drift
from app.game.journal import repair_after_silent_writers
from app.jobs import BUILD_BOARD
from app.kit.clock import utc_now
from app.ranking.index import RankIndex
from app.resources import Resources
from app.workers.attempts import unless_away
from app.xp import board_building, board_checks
from app.xp.rules.boards import is_xp_board

log = structlog.get_logger()

DRIFT = Gauge("laurel_rank_index_drift", "Entries of the last sample that the rank index has otherwise")


async def build_one_board(ctx: dict[str, Any], board_id: str) -> None:
    """Build one board, if nobody has meanwhile."""
    if is_xp_board(board_id):
        building = board_building.build_missing_board(_ranks(ctx), board_id, utc_now())
    else:
        building = build_missing_board(_ranks(ctx), board_id)
    await unless_away(BUILD_BOARD, building)


async def sweep_boards(ctx: dict[str, Any]) -> None:
    """Build what a flushed or restarted Redis has lost; one sweep at a time is enough."""
    sweeping: asyncio.Lock = ctx["sweeping"]
    if not sweeping.locked():
        async with sweeping:
            await unless_away("sweep_boards", build_missing_boards(_ranks(ctx)))


async def sweep_writers(ctx: dict[str, Any]) -> None:
    """Index what a dead process wrote and did not index."""
    repairing: asyncio.Lock = ctx["repairing"]
    if not repairing.locked():
        async with repairing:
            await unless_away("sweep_writers", repair_after_silent_writers(_ranks(ctx)))


async def sweep_deleted(ctx: dict[str, Any]) -> None:
    """Remove what deleted leaderboards left behind."""
    await unless_away("sweep_deleted", discard_deleted_cycles(_ranks(ctx)))


async def measure_drift(ctx: dict[str, Any]) -> None:
    """Compare a sample of entries and of XP rows with the index and say how many differ."""
    drifts = [
        await unless_away("measure_drift", sample_drift(_ranks(ctx))),
        await unless_away("measure_drift", board_checks.sample_drift(_ranks(ctx), utc_now())),
    ]
    found = [drift for drift in drifts if drift is not None]
    if found:
        wrong = sum(drift.wrong for drift in found)
        level = log.warning if wrong else log.info
        level("rank_index.drift", sampled=sum(drift.entries for drift in found), wrong=wrong)
        DRIFT.set(wrong)


def _ranks(ctx: dict[str, Any]) -> RankIndex:
    resources: Resources = ctx["resources"]
    return resources.ranks
