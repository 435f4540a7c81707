"""What MongoDB is asked about a session's earnings: a page, a line, all totals, all lines."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from pymongo import ReadPreference

from app.aggregations.earnings import (
    LeaderboardLine,
    SessionEarnings,
    leaderboard_page,
    lines_of,
    totals,
    whole_leaderboard,
)
from app.aggregations.stages import Pipeline
from app.earnings.documents import EarningDocument
from app.earnings.rules.parts import parts_with
from app.earnings.rules.ranks import Totals
from app.kit.paging import Page


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
    client = EarningDocument.get_motor_collection().database.client
    async with await client.start_session(snapshot=True) as session:
        ranked = leaderboard_page(earnings, skip=page.skip, limit=page.limit)
        (row,) = await _run(ranked, reads, session).to_list(1)
        viewers = [one["_id"] for one in row["page"]]
        lines: dict[str, LeaderboardLine] = {}
        if viewers:
            found = _run(lines_of(earnings, viewers), reads, session)
            lines = {line["id"]: line async for line in found}
    total = row["viewers"][0]["count"] if row["viewers"] else 0
    return Lines([lines[viewer] for viewer in viewers], total)


async def read_line(earnings: SessionEarnings, reads: Reads, viewer: str) -> LeaderboardLine | None:
    """The line of one viewer; None for one who has given nothing."""
    rows = await _run(lines_of(earnings, [viewer], parts=parts_with(viewer)), reads).to_list(1)
    return rows[0] if rows else None


async def read_totals(earnings: SessionEarnings, reads: Reads) -> Totals:
    """How many viewers have which total."""
    return Totals([(row["_id"], row["viewers"]) async for row in _run(totals(earnings), reads)])


def read_all(earnings: SessionEarnings, reads: Reads) -> AsyncIterator[LeaderboardLine]:
    """Every line in order, a batch at a time."""
    lines: AsyncIterator[LeaderboardLine] = _run(whole_leaderboard(earnings), reads)
    return lines


def _run(pipeline: Pipeline, reads: Reads, session: Any = None) -> Any:
    preferred: Any = {
        Reads.SHARED: ReadPreference.SECONDARY_PREFERRED,
        Reads.PRIMARY: ReadPreference.PRIMARY,
    }
    earnings = EarningDocument.get_motor_collection().with_options(read_preference=preferred[reads])
    return earnings.aggregate(pipeline, session=session, allowDiskUse=True)
