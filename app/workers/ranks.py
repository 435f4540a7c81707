"""Tasks that keep the rank index equal to MongoDB: each may run twice and be cut off anywhere."""

from typing import Any

import structlog
from prometheus_client import Gauge

from app.game.definitions import discard_deleted_cycles
from app.game.indexing import build_board, build_missing_boards, sample_drift
from app.game.journal import repair_after_silent_writers
from app.kit.errors import Unavailable
from app.resources import Resources

log = structlog.get_logger()

DRIFT = Gauge("laurel_rank_index_drift", "Entries of the last sample that the rank index has otherwise")


async def build_one_board(ctx: dict[str, Any], shard_id: str) -> None:
    """Build the board of one shard."""
    resources: Resources = ctx["resources"]
    await build_board(resources.ranks, shard_id)


async def sweep_boards(ctx: dict[str, Any]) -> None:
    """Build what a flushed or restarted Redis has lost."""
    resources: Resources = ctx["resources"]
    try:
        await build_missing_boards(resources.ranks)
    except Unavailable as error:
        log.warning("rank_index.sweep_failed", error=str(error))


async def sweep_writers(ctx: dict[str, Any]) -> None:
    """Index what a dead process wrote and did not index."""
    resources: Resources = ctx["resources"]
    try:
        await repair_after_silent_writers(resources.ranks)
    except Unavailable as error:
        log.warning("rank_index.repair_failed", error=str(error))


async def sweep_deleted(ctx: dict[str, Any]) -> None:
    """Remove what deleted leaderboards left behind."""
    resources: Resources = ctx["resources"]
    await discard_deleted_cycles(resources.ranks)


async def measure_drift(ctx: dict[str, Any]) -> None:
    """Compare a sample of entries with the index and say how many differ."""
    resources: Resources = ctx["resources"]
    drift = await sample_drift(resources.ranks)
    level = log.warning if drift.wrong else log.info
    level("rank_index.drift", sampled=drift.entries, wrong=drift.wrong)
    DRIFT.set(drift.wrong)
