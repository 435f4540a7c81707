"""The XP leaderboard: one page of a board, from the rank index or, while that is away, from MongoDB."""

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from app.aggregations.stages import Pipeline
from app.aggregations.standings import ahead_of, page_of, size_of
from app.ranking.errors import RankIndexAway
from app.ranking.index import Leaders, LeadersOf, RankIndex
from app.storage.snapshots import Session, in_snapshot
from app.xp.cards import Cards, Shown
from app.xp.documents import MetricsDocument
from app.xp.indexing import board_rows
from app.xp.rules.boards import Board, RowKey, account_text, user_of
from app.xp.rules.places import EVERYWHERE
from app.xp.rules.windows import ALL_TIME

LINES_A_PAGE = 100
#: Pages that a process remembers, of some 30 KB each.
MOST_KEPT = 512
#: Everybody who ever earned XP, and has not lost it all.
ACTIVE = Board(EVERYWHERE, ALL_TIME)

#: Asks for boards of the index to be built from MongoDB.
WantBoards = Callable[[Iterable[str]], Awaitable[None]]


class Line(NamedTuple):
    """A user on a page."""

    user_id: int
    xp: int


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Lines:
    """Lines of a board with what is shown of their users; the first has rank `first_rank`.

    The very same object as long as nothing of that changes, as far as the process remembers.
    """

    first_rank: int
    lines: Sequence[Line]
    shown: Shown


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a leaderboard; `rank` is the place of whoever asked."""

    lines: Lines
    total: int
    rank: int | None
    active_users: int

    @property
    def has_next(self) -> bool:
        """Whether there are lines after the page's."""
        return self.lines.first_rank - 1 + LINES_A_PAGE < self.total


class Spelling(NamedTuple):
    """Lines as the rank index spells them, and the board's revision at which it did."""

    revision: bytes
    window: bytes


class Kept(NamedTuple):
    """Lines that a process remembers, and what they were made from."""

    spelling: Spelling
    lines: Lines


@dataclass(frozen=True, slots=True)
class Standing:
    """Some lines of a board, its size and one user's place in it, all of one moment; ranks count from 1.

    The lines are those that were kept if they have not changed. MongoDB gives no `spelling`.
    """

    lines: Sequence[Line]
    total: int
    rank: int | None
    spelling: Spelling | None = None


class Standings:
    """Reads pages; one per process."""

    def __init__(self, ranks: RankIndex, cards: Cards, want_boards: WantBoards) -> None:
        self._ranks = ranks
        self._cards = cards
        self._want_boards = want_boards
        self._kept: OrderedDict[tuple[str, int], Kept] = OrderedDict()

    async def read(self, board: Board, *, number: int, user_id: int | None) -> Page:
        """One page, numbered from 1, as this user sees it. An unknown board is an empty one."""
        skip = (number - 1) * LINES_A_PAGE
        kept = self._kept.get((board.id, skip))
        standing, active_users, stamp = await self._from_index(board, skip, user_id, kept)
        if standing is None:
            standing = await _standing(board, skip, user_id)
        if active_users is None:
            active_users = standing.total if board == ACTIVE else await _size(ACTIVE)
        lines = await self._lines(skip, standing, kept, stamp)
        # Pages past the end are as many as anybody asks for; they cost nothing to make.
        if standing.spelling is not None and standing.lines and lines.shown.generation is not None:
            self._keep((board.id, skip), Kept(standing.spelling, lines))
        return Page(lines, standing.total, standing.rank, active_users)

    async def _lines(self, skip: int, standing: Standing, kept: Kept | None, stamp: bytes | None) -> Lines:
        """The lines as they were made before, if neither they nor any card has changed."""
        if kept is not None and standing.lines is kept.lines.lines:
            generation = self._cards.generation(stamp)
            if generation is not None and generation == kept.lines.shown.generation:
                return kept.lines
        shown = await self._cards.shown([line.user_id for line in standing.lines], stamp)
        return Lines(skip + 1, standing.lines, shown)

    def _keep(self, key: tuple[str, int], kept: Kept) -> None:
        self._kept[key] = kept
        self._kept.move_to_end(key)
        if len(self._kept) > MOST_KEPT:
            self._kept.popitem(last=False)

    async def _from_index(
        self, board: Board, skip: int, user_id: int | None, kept: Kept | None
    ) -> tuple[Standing | None, int | None, bytes | None]:
        """The standing and the number of active users, each None if the index has not got it."""
        account = "" if user_id is None else account_text(user_id)
        known = b"" if kept is None else kept.spelling.revision
        wanted = [LeadersOf(board.id, skip, LINES_A_PAGE, account, known)]
        if board != ACTIVE:
            wanted.append(LeadersOf(ACTIVE.id))
        try:
            found, stamp = await self._ranks.leaders(wanted, stamp=self._cards.stamp_name)
        except RankIndexAway:
            return None, None, None
        if stamp is None:
            await self._cards.renew()
        missing = [one.board_id for one, leaders in zip(wanted, found, strict=True) if leaders is None]
        if missing:
            await self._want_boards(missing)
        leaders, active = found[0], found[-1]
        return leaders and _standing_of(leaders, kept), active and active.size, stamp


def _standing_of(leaders: Leaders, kept: Kept | None) -> Standing:
    rank = None if leaders.position is None else leaders.position + 1
    lines: Sequence[Line]
    if kept is not None and leaders.window in (None, kept.spelling.window):
        lines, window = kept.lines.lines, kept.spelling.window
    else:
        lines, window = [Line(user_of(account), xp) for account, xp in leaders.lines], leaders.window or b""
    return Standing(lines, leaders.size, rank, Spelling(leaders.revision, window))


async def _standing(board: Board, skip: int, user_id: int | None) -> Standing:
    """The same from MongoDB, of one moment."""
    rows = board_rows(board)
    metrics = MetricsDocument.get_motor_collection()

    async def read(session: Session) -> Standing:
        total = await _count(size_of(rows), session)
        lines: list[Line] = []
        if skip < total:
            found = metrics.aggregate(page_of(rows, skip=skip, limit=LINES_A_PAGE), session=session)
            lines = [Line(row["user_id"], row["xp"]) async for row in found]
        rank = None
        if user_id is not None:
            own = await metrics.find_one({"_id": RowKey(board, user_id).id}, {"xp": 1}, session=session)
            if own is not None and own["xp"] > 0:
                rank = 1 + await _count(ahead_of(rows, xp=own["xp"], user_id=user_id), session)
        return Standing(lines, total, rank)

    return await in_snapshot(read, on=MetricsDocument)


async def _size(board: Board) -> int:
    return await _count(size_of(board_rows(board)))


async def _count(pipeline: Pipeline, session: Session | None = None) -> int:
    found = await MetricsDocument.get_motor_collection().aggregate(pipeline, session=session).to_list(1)
    return found[0]["users"] if found else 0
