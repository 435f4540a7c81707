"""Rankings straight from MongoDB: right, whatever happened to the rank index, and slower.

One index holds the entries of a shard in ranking order, so windows are short range scans; only the
count behind a rank grows with the shard.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from app.aggregations.stages import Stage
from app.aggregations.windows import BEST_FIRST, WORST_FIRST, ahead_of, from_line_on
from app.game.documents import EntryDocument, EntryState
from app.game.errors import UnknownEnrollment
from app.ranking.index import ALL_BELOW, LINES_ABOVE, WINDOW, RankedLine, View


async def read_view(shard_id: str, account_id: str) -> View:
    """What the rank index would say of this shard and player. Raises UnknownEnrollment without a line."""
    mine = await EntryDocument.get_motor_collection().find_one(
        {**_ranked(shard_id), "account_id": account_id}
    )
    if mine is None:
        raise UnknownEnrollment
    size, top, above, below = await asyncio.gather(
        _count(shard_id),
        _lines(_ranked(shard_id), BEST_FIRST, WINDOW),
        _lines(ahead_of(mine, _ranked(shard_id)), WORST_FIRST, LINES_ABOVE),
        _lines(from_line_on(mine, _ranked(shard_id)), BEST_FIRST, WINDOW),
    )
    nearby = (above[::-1] + below)[:WINDOW]
    if not nearby:
        raise UnknownEnrollment  # it was the only line, and has gone since
    everyone = await _lines(_ranked(shard_id), BEST_FIRST, ALL_BELOW) if size < ALL_BELOW else None
    return View(
        size=size,
        version=mine["version"],
        all_lines=None if everyone is None else _with_ranks(everyone, 1),
        top=_with_ranks(top, 1),
        nearby=await _with_true_ranks(shard_id, nearby),
    )


async def read_top(shard_id: str, limit: int) -> list[RankedLine]:
    """The best lines of a shard."""
    return _with_ranks(await _lines(_ranked(shard_id), BEST_FIRST, limit), 1)


async def read_rank(shard_id: str, score: int) -> int:
    """The competition rank a score has in a shard: 1 + the number of strictly better ones."""
    return 1 + await _count(shard_id, lambda within: {**within, "score": {"$gt": score}})


def _ranked(shard_id: str) -> Stage:
    return {"shard_id": shard_id, "state": {"$in": [EntryState.OPEN, EntryState.SEALED]}}


async def _count(shard_id: str, part: Callable[[Stage], Stage] = dict) -> int:
    """How many lines a part of a shard has: all its entries less the disqualified, who are few.

    Either is counted in an index. To look at each entry's state would be to read each entry.
    """
    entries = EntryDocument.get_motor_collection()
    everybody, barred = await asyncio.gather(
        entries.count_documents(part({"shard_id": shard_id})),
        entries.count_documents(part({"shard_id": shard_id, "barred": True})),
    )
    return int(everybody - barred)


async def _lines(wanted: Mapping[str, Any], order: Mapping[str, int], limit: int) -> list[dict[str, Any]]:
    found = EntryDocument.get_motor_collection().find(
        wanted, {"account_id": 1, "score": 1, "last_updated": 1}
    )
    return [row async for row in found.sort(list(order.items())).limit(limit)]


async def _with_true_ranks(shard_id: str, rows: Sequence[dict[str, Any]]) -> list[RankedLine]:
    first = await read_rank(shard_id, rows[0]["score"])
    ahead = await _count(shard_id, partial(ahead_of, rows[0]))
    return _with_ranks(rows, first, position=ahead + 1)


def _with_ranks(rows: Sequence[dict[str, Any]], first: int, *, position: int = 1) -> list[RankedLine]:
    """Competition ranks along a window whose first line has rank `first` and the given position."""
    lines: list[RankedLine] = []
    for offset, row in enumerate(rows):
        tied = bool(lines) and lines[-1].score == row["score"]
        rank = lines[-1].rank if tied else (first if offset == 0 else position + offset)
        lines.append(RankedLine(rank, row["account_id"], row["score"], row["last_updated"]))
    return lines
