"""XP boards of the rank index, built from MongoDB's rows: missing ones, and past ones when asked for."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

import structlog

from app.ranking.index import Change, RankIndex
from app.ranking.rebuild import rebuild
from app.xp.documents import MetricsDocument
from app.xp.indexing import ROW_FIELDS, board_of, board_rows, expiry, line_of
from app.xp.rules.boards import EVERYBODY, Board, read_board
from app.xp.rules.windows import KEPT_FOR, Timescale, day_of, midnight, window_at

log = structlog.get_logger()

READ_BATCH = 5_000
ASKED_AT_ONCE = 500


async def build_board(ranks: RankIndex, board_id: str, now: datetime) -> bool:
    """Build one board from its rows; False if someone else is at it. XP goes on meanwhile."""
    board = read_board(board_id)
    built = await rebuild(ranks, board_id, _batches(board), expires_at=_kept_until(board, now))
    if built:
        log.info("rank_index.built", board=board_id)
    return built


async def build_missing_board(ranks: RankIndex, board_id: str, now: datetime) -> bool:
    """Build one board unless it is ready: whoever else found it missing may have been first."""
    (ready,) = await ranks.are_ready([board_id])
    return ready or await build_board(ranks, board_id, now)


async def build_missing_boards(ranks: RankIndex, now: datetime) -> int:
    """Build every live board that is not in the index; returns how many were missing."""
    missing = 0
    asked: list[str] = []
    async for board_id in live_board_ids(now):
        asked.append(board_id)
        if len(asked) == ASKED_AT_ONCE:
            missing += await _build_those_missing(ranks, asked, now)
            asked = []
    return missing + await _build_those_missing(ranks, asked, now)


async def live_board_ids(now: datetime) -> AsyncIterator[str]:
    """The boards of all of time and of every window that has not been over for long, the widest first."""
    for live in live_boards(now):
        rows = MetricsDocument.get_motor_collection().find(live, ROW_FIELDS)
        async for row in rows.sort([("bucket_date", 1), ("_id", 1)]):
            yield board_of(row).id


def live_boards(now: datetime) -> list[dict[str, Any]]:
    """Filters of everybody's rows on live boards, one for each timescale."""
    last_day_kept = day_of(now - KEPT_FOR)
    return [
        {
            "timescale": int(timescale),
            "bucket_date": {"$gte": midnight(window_at(timescale, last_day_kept).first_day)},
            "user_id": EVERYBODY,
        }
        for timescale in Timescale
    ]


async def _build_those_missing(ranks: RankIndex, board_ids: list[str], now: datetime) -> int:
    if not board_ids:
        return 0
    ready = await ranks.are_ready(board_ids)
    missing = [board_id for board_id, is_ready in zip(board_ids, ready, strict=True) if not is_ready]
    for board_id in missing:
        await build_missing_board(ranks, board_id, now)
    return len(missing)


async def _batches(board: Board) -> AsyncIterator[list[Change]]:
    """What a board shall hold: its lines, and the absence of those who have left it."""
    rows = MetricsDocument.get_motor_collection()
    # Both conditions repeat those of a partial index, or MongoDB would read every row of the board's users.
    for xp in ({"$gt": 0}, {"$lte": 0}):
        wanted = {**board_rows(board), "user_id": {"$gt": EVERYBODY}, "xp": xp}
        found = rows.find(wanted, ROW_FIELDS, batch_size=READ_BATCH)
        while batch := await found.to_list(READ_BATCH):
            yield [line_of(row) for row in batch]


def _kept_until(board: Board, now: datetime) -> int | None:
    """A board that is built after its time, because somebody looks at it, is kept for a day more."""
    usual = expiry(board)
    return None if usual is None else max(usual, int((now + KEPT_FOR).timestamp()))
