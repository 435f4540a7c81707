"""XP recorded: every change of a photo or a reward, and all the rows it moves, written exactly once.

An act is decided purely from what is stored, then its document, its rows and the note that the rank index
owes these rows are written in one transaction. Acts that arrive together share one: a row that several of
them change, as everybody's row of the whole world always is, is written once.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from beanie import Document
from bson import ObjectId
from pymongo import InsertOne, ReplaceOne, UpdateOne
from pymongo.results import BulkWriteResult

from app.kit.clock import utc_now
from app.kit.errors import LaurelError
from app.kit.gathering import Gathering
from app.storage.transactions import Session, in_transaction
from app.xp.announcements import Announcements
from app.xp.documents import MetricsDocument, OwedLinesDocument
from app.xp.indexing import BoardLines, RowsWritten
from app.xp.rules.boards import EVERYBODY, Amounts, Counted, RowKey, add_difference, without_nothing
from app.xp.rules.counters import Counters
from app.xp.rules.windows import midnight
from app.xp.stored import Row, counted_row, read_counted

#: Acts in one transaction: with 40 rows each it is done in a fraction of a second.
ACTS_AT_ONCE = 64
#: A batch that others keep from committing gives up after so long, and its callers may try again.
PATIENCE_S = 5.0


class Change(NamedTuple):
    """What an act makes of a document: its fields, and what is to stand on boards because of it."""

    row: dict[str, Any]
    counted: Counted | None


@dataclass(frozen=True, slots=True)
class Act:
    """One change of one document; `decide` may raise what its caller gets, and is then no change."""

    of: type[Document]
    id: Any
    decide: Callable[[Row | None], Change]


class Recorder:
    """Records acts; one per process."""

    def __init__(self, lines: BoardLines, announcements: Announcements) -> None:
        self._lines = lines
        self._announcements = announcements
        self._gathering: Gathering[Act, _Recorded] = Gathering(self._record, most=ACTS_AT_ONCE)
        self._indexing: set[asyncio.Task[None]] = set()

    async def record(self, act: Act) -> Row:
        """The document as it is after the act: durable, and in the rank index unless that is away."""
        recorded = await self._gathering.submit(act)
        if recorded.indexed is not None:
            # Others wait for the same: one that gives up must not stop it.
            await asyncio.shield(recorded.indexed)
        return recorded.row

    async def aclose(self) -> None:
        """Finish what was submitted."""
        await self._gathering.drain()
        await asyncio.gather(*self._indexing)

    async def _record(self, acts: Sequence[Act]) -> list["_Recorded | Exception"]:
        async def write(session: Session) -> _Batch:
            return await _write(acts, session)

        batch = await in_transaction(write, on=MetricsDocument, patience_s=PATIENCE_S)
        indexed = None if batch.written is None else self._index(batch.written)
        return [
            answer if isinstance(answer, Exception) else _Recorded(answer, indexed)
            for answer in batch.answers
        ]

    def _index(self, written: RowsWritten) -> asyncio.Task[None]:
        """Begin to bring rows into the index, while the next transaction is under way."""

        async def index() -> None:
            await self._lines.index(written)
            self._announcements.note({key.board.scope for key in written.rows})

        task = asyncio.get_running_loop().create_task(index())
        self._indexing.add(task)
        task.add_done_callback(self._indexing.discard)
        return task


class _Recorded(NamedTuple):
    """A document as it is stored, and when the index has what it moved; None if it moved nothing."""

    row: Row
    indexed: asyncio.Task[None] | None


@dataclass(slots=True)
class _Batch:
    """Acts decided one after the other, on documents of which each knows what the ones before it made."""

    stored: Mapping[tuple[type[Document], Any], Row]
    rows: dict[tuple[type[Document], Any], Row] = field(default_factory=dict)
    amounts: Amounts = field(default_factory=dict)
    answers: list[Row | Exception] = field(default_factory=list)
    written: RowsWritten | None = None

    def decide(self, act: Act) -> None:
        key = (act.of, act.id)
        before = self.rows.get(key) or self.stored.get(key)
        try:
            row, counted = act.decide(before)
        except LaurelError as refusal:
            self.answers.append(refusal)
            return
        add_difference(self.amounts, read_counted(before and before["counted"]), counted)
        version = 0 if before is None else before["version"]
        row = {**row, "_id": act.id, "version": version, "counted": counted and counted_row(counted)}
        if row != before:
            row["version"] = version + 1
            self.rows[key] = row
        self.answers.append(row)


async def _write(acts: Sequence[Act], session: Session) -> _Batch:
    batch = _Batch(await _stored(acts, session))
    for act in acts:
        batch.decide(act)
    amounts = without_nothing(batch.amounts)
    if amounts:
        await _write_rows(batch, amounts, session)
    for document in {of for of, _ in batch.rows}:
        await _write_documents(batch, document, session)
    return batch


async def _stored(acts: Sequence[Act], session: Session) -> dict[tuple[type[Document], Any], Row]:
    found: dict[tuple[type[Document], Any], Row] = {}
    for document in {act.of for act in acts}:
        ids = list({act.id for act in acts if act.of is document})
        rows = document.get_motor_collection().find({"_id": {"$in": ids}}, session=session)
        found |= {(document, row["_id"]): row async for row in rows}
    return found


async def _write_rows(batch: _Batch, amounts: Amounts, session: Session) -> None:
    """Everybody's rows first: another writer is noticed at the first of them, before more is done."""
    keys = sorted(amounts, key=lambda key: (key.user_id, key.board))
    result = await MetricsDocument.get_motor_collection().bulk_write(
        [addition(key, amounts[key]) for key in keys], session=session
    )
    batch.written = RowsWritten(
        id=str(ObjectId()),
        rows=[key for key in keys if key.user_id != EVERYBODY],
        new_boards=[keys[at].board for at in _inserted(result) if keys[at].user_id == EVERYBODY],
    )
    await OwedLinesDocument.get_motor_collection().insert_one(batch.written.note(utc_now()), session=session)


async def _write_documents(batch: _Batch, document: type[Document], session: Session) -> None:
    writes: list[Any] = []
    for (of, id_), row in batch.rows.items():
        if of is not document:
            continue
        before = batch.stored.get((of, id_))
        if before is None:
            writes.append(InsertOne(row))
        else:
            writes.append(ReplaceOne({"_id": id_}, row))
    await document.get_motor_collection().bulk_write(writes, ordered=False, session=session)


def addition(key: RowKey, amounts: Counters) -> UpdateOne:
    """The write that adds to a row, or makes it."""
    (location_type, location_id), window = key.board
    year, month, week = window.calendar()
    said = {
        "timescale": int(window.timescale),
        "location_type": int(location_type),
        "location_id": location_id,
        "user_id": key.user_id,
        "bucket_date": midnight(window.first_day),
        "year": year,
        "month": month,
        "week": week,
    }
    return UpdateOne(
        {"_id": key.id}, {"$inc": {**amounts._asdict(), "version": 1}, "$setOnInsert": said}, upsert=True
    )


def _inserted(result: BulkWriteResult) -> Iterable[int]:
    return (result.upserted_ids or {}).keys()
