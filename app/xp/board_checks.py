"""XP boards of the rank index compared with MongoDB's rows."""

from collections.abc import Sequence
from datetime import datetime

from app.aggregations.standings import some_boards
from app.ranking.drift import Drift, Facts, Truth, compare_board, still_wrong
from app.ranking.index import RankIndex
from app.xp.board_building import live_boards
from app.xp.documents import MetricsDocument
from app.xp.indexing import ROW_FIELDS, board_of, board_rows, line_of
from app.xp.rules.boards import EVERYBODY, Board, account_text, read_board, user_of

SAMPLED_BOARDS = 5
SAMPLED_LINES = 100


async def check_board(ranks: RankIndex, board_id: str) -> Drift:
    """Compare every row of a board with its line, and every line with its row."""
    return await compare_board(ranks, board_id, _truth(read_board(board_id)))


async def sample_drift(ranks: RankIndex, now: datetime) -> Drift:
    """Compare the first rows of some live boards with their lines."""
    rows = MetricsDocument.get_motor_collection()
    found = rows.aggregate(some_boards(live_boards(now), count=SAMPLED_BOARDS))
    boards = [board_of(row) async for row in found]
    ready = await ranks.are_ready([board.id for board in boards])
    lines = wrong = 0
    for board, is_ready in zip(boards, ready, strict=True):
        first = rows.find(_on_board(board), ROW_FIELDS).limit(SAMPLED_LINES)
        suspects = [account_text(row["user_id"]) async for row in first]
        lines += len(suspects)
        wrong += await still_wrong(ranks, board.id, suspects, _truth(board)) if is_ready else 0
    return Drift("sample", entries=lines, wrong=wrong, ready=all(ready))


def _truth(board: Board) -> Truth:
    async def read(accounts: Sequence[str] | None) -> Facts:
        wanted = _on_board(board)
        if accounts is not None:
            wanted["user_id"] = {"$in": [user_of(account) for account in accounts], "$gt": EVERYBODY}
        lines = [
            line_of(row) async for row in MetricsDocument.get_motor_collection().find(wanted, ROW_FIELDS)
        ]
        return {line.account_id: (line.version, line.score, line.last_updated) for line in lines}

    return read


def _on_board(board: Board) -> dict[str, object]:
    return {**board_rows(board), "user_id": {"$gt": EVERYBODY}, "xp": {"$gt": 0}}
