"""What MongoDB is asked about a session's earnings: a page, a line, all totals, all lines."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from pymongo import ReadPreference

from app.aggregations.earnings import (
    SessionEarnings,
    hours_of,
    leaderboard_page,
    parts_of_viewers,
    totals,
    whole_leaderboard,
)
from app.aggregations.stages import Pipeline
from app.earnings.documents import PARTS_OF_HOUR, EarningDocument
from app.earnings.rules.lines import LeaderboardLine, given_in_hours, given_in_row, line_of
from app.earnings.rules.parts import parts_with
from app.earnings.rules.ranks import Totals
from app.kit.paging import Page
from app.storage.snapshots import Session, in_snapshot


class Reads(Enum):
    """Where an answer comes from: one that may be some seconds old, or the primary as it is now."""

    SHARED = "shared"
    PRIMARY = "primary"


@dataclass(frozen=True, slots=True)
class Lines:
    """Some lines in order, and how many there are in all."""

    lines: Sequence[LeaderboardLine] = ()
    total: int = 0


async def read_page(earnings: SessionEarnings, reads: Reads, page: Page) -> Lines:
    """A page and the number of all lines, of one moment."""

    async def read(session: Session) -> Lines:
        ranked = leaderboard_page(earnings, skip=page.skip, limit=page.limit)
        (row,) = await _run(ranked, reads, session).to_list(1)
        viewers = [one["_id"] for one in row["page"]]
        lines = await _lines(earnings, viewers, reads, session=session)
        total = row["viewers"][0]["count"] if row["viewers"] else 0
        return Lines([lines[viewer] for viewer in viewers], total)

    return await in_snapshot(read, on=EarningDocument)


async def read_line(earnings: SessionEarnings, reads: Reads, viewer: str) -> LeaderboardLine | None:
    """The line of one viewer; None for one who has given nothing."""
    return (await _lines(earnings, [viewer], reads, parts=parts_with(viewer))).get(viewer)


async def read_totals(earnings: SessionEarnings, reads: Reads) -> Totals:
    """How many viewers have which total."""
    return Totals([(row["_id"], row["viewers"]) async for row in _run(totals(earnings), reads)])


async def read_all(earnings: SessionEarnings, reads: Reads) -> AsyncIterator[LeaderboardLine]:
    """Every line in order, read as they are taken."""
    async for row in _run(whole_leaderboard(earnings), reads):
        yield line_of(row["_id"], given_in_row(row), earnings)


async def _lines(
    earnings: SessionEarnings,
    viewers: Sequence[str],
    reads: Reads,
    *,
    parts: Sequence[int] | None = None,
    session: Session | None = None,
) -> dict[str, LeaderboardLine]:
    """The lines of these few viewers; none for one who has given nothing."""
    if not viewers:
        return {}
    found = _earnings(reads).find(
        hours_of(earnings, parts), parts_of_viewers(earnings, viewers), session=session, hint=PARTS_OF_HOUR
    )
    given = given_in_hours(await found.to_list(None), earnings)
    return {viewer: line_of(viewer, diamonds, earnings) for viewer, diamonds in given.items()}


def _run(pipeline: Pipeline, reads: Reads, session: Session | None = None) -> Any:
    # Told by which index, MongoDB need not try each of those that might do: a tenth of a small page's time.
    return _earnings(reads).aggregate(pipeline, session=session, hint=PARTS_OF_HOUR, allowDiskUse=True)


def _earnings(reads: Reads) -> Any:
    preferred: Any = {
        Reads.SHARED: ReadPreference.SECONDARY_PREFERRED,
        Reads.PRIMARY: ReadPreference.PRIMARY,
    }
    return EarningDocument.get_motor_collection().with_options(read_preference=preferred[reads])
