"""Lines of XP boards brought into the rank index after a write, and repaired where a writer has not.

A transaction that changes rows stores which ones. That note is removed once the index has them, so whatever
a process leaves behind when it dies is found by whoever looks for notes that have got old.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from pymongo.errors import PyMongoError

from app.kit.clock import utc_now
from app.ranking.errors import RankIndexAway
from app.ranking.index import Change, RankIndex
from app.xp.documents import MetricsDocument, OwedLinesDocument
from app.xp.rules.boards import Board, RowKey, account_text
from app.xp.rules.places import LocationType, Scope
from app.xp.rules.windows import Timescale, Window, day_of, midnight

log = structlog.get_logger()

#: Asks for boards of the index to be built from MongoDB.
WantBoards = Callable[[Iterable[str]], Awaitable[None]]

SETTLED_EVERY_S = 0.5
OWED_AFTER = timedelta(seconds=2)
REPAIRED_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class RowsWritten:
    """The rows of users that one transaction changed, and the boards of which it wrote the first row."""

    id: str
    rows: Sequence[RowKey]
    new_boards: Sequence[Board]

    def note(self, now: datetime) -> dict[str, Any]:
        """That the index owes these rows, to be stored with them."""
        return {"_id": self.id, "at": now, "rows": [key.id for key in self.rows]}


class BoardLines:
    """Brings written rows into the index, and forgets the notes about them; one per process."""

    def __init__(self, ranks: RankIndex, want_boards: WantBoards) -> None:
        self._ranks = ranks
        self._want_boards = want_boards
        self._settled: list[str] = []
        self._settling: asyncio.Task[None] | None = None

    async def index(self, written: RowsWritten) -> None:
        """Bring these rows into the index; what it cannot take now stays owed and is done later."""
        try:
            missing = await self._submit(written)
        except (RankIndexAway, PyMongoError) as error:
            log.info("xp_lines.owed", error=type(error).__name__)
            return
        self._settle(written.id)
        if missing:
            await self._want_boards(missing)

    async def aclose(self) -> None:
        """Forget the last notes; those that cannot be forgotten now only cause needless repairs."""
        if self._settling is not None:
            self._settling.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._settling
        with contextlib.suppress(PyMongoError):
            await self._forget_settled()

    async def _submit(self, written: RowsWritten) -> set[str]:
        """The live boards that need building."""
        changes = await _changes({key.id for key in written.rows})
        if written.new_boards:
            await self._ranks.open_all({board.id: expiry(board) for board in written.new_boards})
        missing = await self._ranks.submit(changes)
        now = utc_now()
        return missing & {key.board.id for key in written.rows if is_live(key.board, now)}

    def _settle(self, note_id: str) -> None:
        self._settled.append(note_id)
        if self._settling is None or self._settling.done():
            self._settling = asyncio.get_running_loop().create_task(self._settle_soon())

    async def _settle_soon(self) -> None:
        while self._settled:
            await asyncio.sleep(SETTLED_EVERY_S)
            try:
                await self._forget_settled()
            except PyMongoError as error:
                log.warning("xp_lines.not_settled", error=type(error).__name__)

    async def _forget_settled(self) -> None:
        settled = self._settled[:]
        if settled:
            await OwedLinesDocument.get_motor_collection().delete_many({"_id": {"$in": settled}})
            del self._settled[: len(settled)]


async def repair_owed(ranks: RankIndex, now: datetime) -> int:
    """Bring rows into the index whose writer has not come to it; returns how many.

    Values are absolute and guarded by version, so repairing what is right already changes nothing. Raises
    RankIndexAway; what is owed then stays owed.
    """
    notes = OwedLinesDocument.get_motor_collection()
    repaired = 0
    while old := await notes.find({"at": {"$lt": now - OWED_AFTER}}).sort("at", 1).to_list(REPAIRED_AT_ONCE):
        changes = await _changes({row_id for note in old for row_id in note["rows"]})
        await ranks.submit(changes)
        await notes.delete_many({"_id": {"$in": [note["_id"] for note in old]}})
        repaired += len(changes)
        log.info("xp_lines.repaired", rows=len(changes))
    return repaired


async def _changes(row_ids: Iterable[str]) -> list[Change]:
    rows = MetricsDocument.get_motor_collection().find({"_id": {"$in": list(row_ids)}}, ROW_FIELDS)
    return [line_of(row) async for row in rows]


ROW_FIELDS = dict.fromkeys(
    ("timescale", "location_type", "location_id", "bucket_date", "user_id", "xp", "version"), 1
)


def line_of(row: Mapping[str, Any]) -> Change:
    """What the index shall have of a user's row: its XP, or that it is on the board no longer.

    Boards of XP know no time: the same XP is ranked by user.
    """
    xp = row["xp"]
    return Change(board_of(row).id, account_text(row["user_id"]), row["version"], xp, 0, present=xp > 0)


def board_of(row: Mapping[str, Any]) -> Board:
    """The board a row belongs to."""
    scope = Scope(LocationType(row["location_type"]), row["location_id"])
    return Board(scope, Window(Timescale(row["timescale"]), day_of(row["bucket_date"])))


def board_rows(board: Board) -> dict[str, Any]:
    """The filter of a board's rows, but for whose they are."""
    (location_type, location_id), window = board
    return {
        "timescale": int(window.timescale),
        "location_type": int(location_type),
        "location_id": location_id,
        "bucket_date": midnight(window.first_day),
    }


def is_live(board: Board, now: datetime) -> bool:
    """True while the index is to have the board without anybody asking for it."""
    kept_until = board.window.kept_until()
    return kept_until is None or kept_until > now


def expiry(board: Board) -> int | None:
    """The unix second at which the index may forget a board that is opened as its window begins or later."""
    kept_until = board.window.kept_until()
    return None if kept_until is None else int(kept_until.timestamp())
