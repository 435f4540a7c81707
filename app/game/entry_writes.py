"""Absolute values guarded by version: how entries are written.

Each write says which version it follows. If the entry has moved on, was sealed, disqualified or removed,
the write changes nothing and is reported as missed; the writer reads again and decides anew.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from pymongo import UpdateOne
from pymongo.errors import BulkWriteError, DuplicateKeyError

from app.game.documents import EntryDocument, EntryState
from app.game.receipts import RequestKey, ScoreAnswer, write_receipts
from app.game.rules.scoring import LineState
from app.game.transactions import Session, in_transaction

_DUPLICATE_KEY = 11000
_FAILED_VALIDATION = 121


@dataclass(frozen=True, slots=True)
class EntryWrite:
    """One entry's next state, and the version it follows."""

    entry_id: str
    shard_id: str
    account_id: str
    follows: int
    after: LineState


class _Overtaken(Exception):
    """Another writer was first; ends a transaction without effect."""


async def write_entries(writes: Sequence[EntryWrite], *, now_ms: int) -> set[str]:
    """Write entries independently of each other; returns the ids of those that were missed."""
    if not writes:
        return set()
    try:
        # The filter names a version, so an upsert that finds nothing tries to insert a document that
        # is no entry (it names no account) and fails. That failure says *which* write missed: a bulk
        # write reports its counts only in total.
        await EntryDocument.get_motor_collection().bulk_write(
            [_guarded(write, now_ms, upsert=True) for write in writes], ordered=False
        )
    except BulkWriteError as error:
        details = error.details or {}
        faults = details.get("writeErrors", [])
        if details.get("writeConcernErrors") or any(not _is_miss(fault["code"]) for fault in faults):
            raise
        return {writes[fault["index"]].entry_id for fault in faults}
    return set()


async def write_entries_with_receipts(
    writes: Sequence[EntryWrite],
    answers: Sequence[tuple[RequestKey, ScoreAnswer]],
    *,
    now: datetime,
    now_ms: int,
) -> set[str]:
    """Write entries and the receipts of the requests behind them: all, or none and all are missed."""
    if not writes:
        return set()

    async def act(session: Session) -> None:
        done = await EntryDocument.get_motor_collection().bulk_write(
            [_guarded(write, now_ms, upsert=False) for write in writes], ordered=False, session=session
        )
        if done.matched_count < len(writes):
            raise _Overtaken
        try:
            await write_receipts(answers, now=now, session=session)
        except (BulkWriteError, DuplicateKeyError) as error:
            if error.has_error_label("TransientTransactionError"):
                raise
            raise _Overtaken from error

    try:
        await in_transaction(act)
    except _Overtaken:
        return {write.entry_id for write in writes}
    return set()


def _guarded(write: EntryWrite, now_ms: int, *, upsert: bool) -> UpdateOne:
    after = write.after
    return UpdateOne(
        {"_id": write.entry_id, "version": write.follows, "state": EntryState.OPEN.value},
        {
            "$set": {
                "score": after.score,
                "version": after.version,
                "last_updated": after.last_updated,
                "touched_at": now_ms,
            }
        },
        upsert=upsert,
    )


def _is_miss(code: int) -> bool:
    return code in (_DUPLICATE_KEY, _FAILED_VALIDATION)
