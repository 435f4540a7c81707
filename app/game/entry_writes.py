"""Absolute values guarded by version: how entries are written.

Each write says which version it follows. If the entry has moved on, was sealed, disqualified or removed,
the write changes nothing and is reported as missed; the writer reads again and decides anew.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from pymongo import UpdateOne
from pymongo.errors import BulkWriteError

from app.game.documents import EntryDocument, EntryState
from app.game.receipts import Receipt
from app.game.rules.scoring import LineState

_DUPLICATE_KEY = 11000
_FAILED_VALIDATION = 121


class EntryWrite(NamedTuple):
    """One entry's next state, and the version it follows.

    `receipts` are what the entry shall hold from now on; None leaves what it holds.
    """

    entry_id: str
    shard_id: str
    account_id: str
    follows: int
    after: LineState
    receipts: Sequence[Receipt] | None = None


async def write_entries(writes: Sequence[EntryWrite], *, now_ms: int) -> set[str]:
    """Write entries independently of each other; returns the ids of those that were missed."""
    if not writes:
        return set()
    try:
        # The filter names a version, so an upsert that finds nothing tries to insert a document that
        # is no entry (it names no account) and fails. That failure says *which* write missed: a bulk
        # write reports its counts only in total.
        await EntryDocument.get_motor_collection().bulk_write(
            [_guarded(write, now_ms) for write in writes], ordered=False
        )
    except BulkWriteError as error:
        details = error.details or {}
        faults = details.get("writeErrors", [])
        if details.get("writeConcernErrors") or any(not _is_miss(fault["code"]) for fault in faults):
            raise
        return {writes[fault["index"]].entry_id for fault in faults}
    return set()


def _guarded(write: EntryWrite, now_ms: int) -> UpdateOne:
    after = write.after
    fields: dict[str, Any] = {
        "score": after.score,
        "version": after.version,
        "last_updated": after.last_updated,
        "touched_at": now_ms,
    }
    if write.receipts is not None:
        fields["receipts"] = [receipt.to_row() for receipt in write.receipts]
    guard = {"_id": write.entry_id, "version": write.follows, "state": EntryState.OPEN.value}
    return UpdateOne(guard, {"$set": fields}, upsert=True)


def _is_miss(code: int) -> bool:
    return code in (_DUPLICATE_KEY, _FAILED_VALIDATION)
