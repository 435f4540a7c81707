"""The diamond leaderboard of a session: pages of it, one viewer's place, all of it."""

from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from datetime import datetime

from bson import ObjectId

from app.aggregations.earnings import Category, SessionEarnings
from app.earnings.reading import Lines, Reads, read_all, read_line, read_page, read_totals
from app.earnings.rules.lines import LeaderboardLine
from app.earnings.rules.ranks import Totals
from app.earnings.rules.windows import SessionTimes, hours_of
from app.kit.paging import Page
from app.kit.shared_answers import Question, SharedAnswers

#: For so long an answer may be kept, whether here or by whoever gets it.
KEPT_S = 5
MOST_PAGES = 256
MOST_TOTALS = 16


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which leaderboard is asked for; a session that was never shown has no `times`."""

    session: ObjectId
    streamer: ObjectId
    times: SessionTimes | None
    days: int
    categories: tuple[Category, ...]
    reads: Reads = Reads.SHARED


@dataclass(frozen=True, slots=True)
class Place:
    """A viewer's line and its rank, and the diamonds missing to the next higher total, where there are."""

    line: LeaderboardLine | None = None
    rank: int | None = None
    to_next: int | None = None


class SessionLeaderboards:
    """Reads leaderboards; one per process. With an answer comes its age in seconds."""

    def __init__(self, system_user: str | None) -> None:
        self._system_user = system_user
        self._pages: SharedAnswers[Lines] = SharedAnswers(kept_s=KEPT_S, most=MOST_PAGES)
        self._totals: SharedAnswers[Totals] = SharedAnswers(kept_s=KEPT_S, most=MOST_TOTALS)

    def forget(self, sessions: Iterable[ObjectId]) -> None:
        """These have earned something: what is kept about them is old."""
        for session in sessions:
            self._pages.forget(str(session))
            self._totals.forget(str(session))

    async def page(self, wanted: Wanted, page: Page, *, now: datetime) -> tuple[Lines, float]:
        """A page and the number of all lines, of one moment."""
        earnings = self._earnings(wanted, now)
        if earnings is None:
            return Lines(), 0
        if wanted.reads is Reads.PRIMARY:
            return await read_page(earnings, wanted.reads, page), 0
        question = Question(earnings.session, (earnings, page))
        return await self._pages.ask(question, lambda: read_page(earnings, wanted.reads, page))

    async def place(self, wanted: Wanted, viewer: str, *, now: datetime) -> tuple[Place, float]:
        """Where a viewer stands. Who has given nothing has no rank, and the lowest total of all ahead."""
        earnings = self._earnings(wanted, now)
        if earnings is None or viewer == self._system_user:
            return Place(), 0
        line = await read_line(earnings, wanted.reads, viewer)
        totals, age_s = await self._ask_totals(earnings, wanted.reads)
        if line is None:
            return Place(to_next=totals.to_next(0)), age_s
        return Place(line, totals.rank_of(line["total"]), totals.to_next(line["total"])), age_s

    async def all_lines(self, wanted: Wanted, *, now: datetime) -> AsyncIterator[LeaderboardLine]:
        """Every line in order, read from MongoDB as they are taken."""
        earnings = self._earnings(wanted, now)
        if earnings is not None:
            async for line in read_all(earnings, wanted.reads):
                yield line

    async def _ask_totals(self, earnings: SessionEarnings, reads: Reads) -> tuple[Totals, float]:
        if reads is Reads.PRIMARY:
            return await read_totals(earnings, reads), 0
        question = Question(earnings.session, earnings)
        return await self._totals.ask(question, lambda: read_totals(earnings, reads))

    def _earnings(self, wanted: Wanted, now: datetime) -> SessionEarnings | None:
        if wanted.times is None:
            return None
        hours = hours_of(wanted.times, days=wanted.days, now=now)
        return SessionEarnings(
            streamer=wanted.streamer,
            session=str(wanted.session),
            first=hours.first,
            last=hours.last,
            categories=wanted.categories,
            left_out=self._system_user,
        )
