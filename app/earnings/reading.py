"""What MongoDB is asked about a session's earnings: a page, a line, all totals, all lines."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from pymongo import ReadPreference
from pymongo.errors import OperationFailure

from app.aggregations.earnings import (
    Form,
    LeaderboardLine,
    SessionEarnings,
    faceted,
    leaderboard_page,
    line_of,
    streamed,
    totals,
    whole_leaderboard,
)
from app.aggregations.stages import Pipeline
from app.earnings.documents import EarningDocument
from app.earnings.rules.parts import parts_with
from app.earnings.rules.ranks import Totals
from app.kit.paging import Page

#: What MongoDB says when `$facet` has come to its end: its document is too large, or what is made of it is.
FACET_ENDED = {4031700, 10334, 17419, 146}


class Reads(Enum):
    """Where an answer comes from: one that may be some seconds old, or the primary as it is now."""

    SHARED = "shared"
    PRIMARY = "primary"


@dataclass(frozen=True, slots=True)
class Lines:
    """Some lines in order, and how many there are in all."""

    lines: Sequence[LeaderboardLine] = ()
    total: int = 0


async def read_page(earnings: SessionEarnings, reads: Reads, page: Page, *, is_large: bool) -> Lines:
    """A page and the number of all lines, from one run; a large session is kept away from `$facet`."""
    if not is_large:
        try:
            return await _read_page(earnings, reads, page, faceted)
        except OperationFailure as error:
            if error.code not in FACET_ENDED:
                raise
    return await _read_page(earnings, reads, page, streamed)


async def read_line(earnings: SessionEarnings, reads: Reads, viewer: str) -> LeaderboardLine | None:
    """The line of one viewer; None for one who has given nothing."""
    rows = await _run(line_of(earnings, viewer, parts_with(viewer)), reads).to_list(1)
    return rows[0] if rows else None


async def read_totals(earnings: SessionEarnings, reads: Reads) -> Totals:
    """How many viewers have which total."""
    return Totals([(row["_id"], row["viewers"]) async for row in _run(totals(earnings), reads)])


def read_all(earnings: SessionEarnings, reads: Reads) -> AsyncIterator[LeaderboardLine]:
    """Every line in order, a batch at a time."""
    lines: AsyncIterator[LeaderboardLine] = _run(whole_leaderboard(earnings), reads)
    return lines


async def _read_page(earnings: SessionEarnings, reads: Reads, page: Page, form: Form) -> Lines:
    pipeline = leaderboard_page(earnings, form, skip=page.skip, limit=page.limit)
    (row,) = await _run(pipeline, reads).to_list(1)
    return Lines(row["lines"], row["viewers"][0]["count"] if row["viewers"] else 0)


def _run(pipeline: Pipeline, reads: Reads) -> Any:
    preferred: Any = {
        Reads.SHARED: ReadPreference.SECONDARY_PREFERRED,
        Reads.PRIMARY: ReadPreference.PRIMARY,
    }
    earnings = EarningDocument.get_motor_collection().with_options(read_preference=preferred[reads])
    return earnings.aggregate(pipeline, allowDiskUse=True)
