"""Absolute values guarded by version: how entries are written.

Each write says which version it follows. If the entry has moved on, was sealed, disqualified or removed,
the write changes nothing and is reported as missed; the writer reads again and decides anew.
"""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from pymongo.errors import WriteError

from app.game.documents import EntryDocument, EntryState
from app.game.receipts import Receipt
from app.game.rules.scoring import LineState

#: What MongoDB answers when a value cannot be converted; see `_guarded`.
_OVERTAKEN = 241


class EntryWrite(NamedTuple):
    """One entry's next state, and the version and state it follows.

    `receipts` are what the entry shall hold from now on; None leaves what it holds. `scored`: a player's
    score is among what happened.
    """

    entry_id: str
    account_id: str
    follows: int
    after: LineState
    receipts: Sequence[Receipt] | None = None
    found: EntryState = EntryState.OPEN
    scored: bool = False


async def write_entries(writes: Sequence[EntryWrite], *, now_ms: int) -> set[str]:
    """Write entries independently of each other; returns the ids of those that were missed.

    Durable with a majority when it returns. Raises PyMongoError when nobody can say what happened: the
    driver does not send the command again, which would cost MongoDB a third more for every score. The
    callers are told that nothing is promised, and a retry with an idempotency key finds out.
    """
    if not writes:
        return set()
    entries = EntryDocument.get_motor_collection()
    done = await entries.database.command(
        {
            "update": entries.name,
            "updates": [_guarded(write, now_ms) for write in writes],
            "ordered": False,
            "writeConcern": {"w": "majority", "j": True},
        }
    )
    faults = done.get("writeErrors", [])
    if "writeConcernError" in done or any(fault["code"] != _OVERTAKEN for fault in faults):
        raise WriteError("An entry could not be written.", details=done)
    missed = {writes[fault["index"]].entry_id for fault in faults}
    if done["n"] + len(missed) < len(writes):
        missed |= await _gone(write.entry_id for write in writes)
    return missed


def _guarded(write: EntryWrite, now_ms: int) -> dict[str, Any]:
    """The write by bare id, MongoDB's shortest way to a document, with its guard inside the update.

    A guard that does not hold makes the update fail: converting the id to a number cannot succeed. The
    failure says *which* write missed, where a filter's miss would only lower the total.
    """
    after = write.after
    fields: dict[str, Any] = {
        "score": after.score,
        "version": after.version,
        "last_updated": after.last_updated,
        "touched_at": now_ms,
    }
    if write.scored:
        fields["scored"] = True
    if write.receipts is not None:
        fields["receipts"] = {"$literal": [receipt.to_row() for receipt in write.receipts]}
    holds = {"$and": [{"$eq": ["$version", write.follows]}, {"$eq": ["$state", write.found.value]}]}
    changed = {"$cond": [holds, fields, {"$toInt": "$_id"}]}
    return {
        "q": {"_id": write.entry_id},
        "u": [{"$replaceWith": {"$mergeObjects": ["$$ROOT", changed]}}],
    }


async def _gone(entry_ids: Iterable[str]) -> set[str]:
    """Those of the entries that are not there: their leaderboard was deleted."""
    wanted = set(entry_ids)
    found = EntryDocument.get_motor_collection().find({"_id": {"$in": list(wanted)}}, {"_id": 1})
    return wanted - {row["_id"] async for row in found}
