"""Idempotency keys: the first answer to a request, found again by a retry.

A receipt is born inside the entry, in the same update as the score it reports, and is then copied to a
collection of its own. Only what was copied may leave the entry again, so one of the two always has it.
"""

import hashlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from pymongo.errors import BulkWriteError

from app.game.documents import ReceiptDocument
from app.game.errors import IdempotencyKeyReused

_DUPLICATE_KEY = 11000


@dataclass(frozen=True, slots=True)
class RequestKey:
    """One caller's name for one request, with what the request asked for."""

    caller: str
    key: str
    fingerprint: str

    @property
    def receipt_id(self) -> str:
        """Scoped to the caller: two callers may use the same key."""
        return hashlib.blake2b(f"{self.caller}\0{self.key}".encode(), digest_size=16).hexdigest()


class ScoreAnswer(NamedTuple):
    """What one score did: the entry right after it. A pending one counts in a cycle that is not open yet."""

    leaderboard_id: str
    shard_id: str | None
    guild_id: str | None
    account_id: str
    cycle: int
    tier: int | None
    score: int
    version: int
    last_updated: int
    rank: int | None = None

    @property
    def is_pending(self) -> bool:
        """True if the player gets a tier and a shard only when the next cycle opens."""
        return self.shard_id is None


@dataclass(frozen=True, slots=True)
class Receipt:
    """The first answer to a request, and the request it belongs to."""

    receipt_id: str
    fingerprint: str
    answer: ScoreAnswer
    created_at: datetime

    def reply_to(self, key: RequestKey) -> ScoreAnswer | IdempotencyKeyReused:
        """The answer for a retry; another request under the same key is refused."""
        return self.answer if self.fingerprint == key.fingerprint else IdempotencyKeyReused()

    def to_row(self) -> dict[str, Any]:
        """As stored, in the entry and in the collection alike."""
        return {
            "_id": self.receipt_id,
            "fingerprint": self.fingerprint,
            "answer": self.answer._asdict(),
            "created_at": self.created_at,
        }

    @classmethod
    def of_row(cls, row: Mapping[str, Any]) -> "Receipt":
        """As read back."""
        return cls(row["_id"], row["fingerprint"], ScoreAnswer(**row["answer"]), row["created_at"])


async def read_receipts(keys: Collection[RequestKey]) -> dict[str, Receipt]:
    """The receipts that the collection has for these keys, by receipt id."""
    if not keys:
        return {}
    wanted = {"_id": {"$in": [key.receipt_id for key in keys]}}
    found = ReceiptDocument.get_motor_collection().find(wanted)
    return {row["_id"]: Receipt.of_row(row) async for row in found}


async def keep_receipts(receipts: Iterable[Receipt]) -> None:
    """Copy receipts to the collection, where they last for 48 hours; a copy that is there stays."""
    rows = [receipt.to_row() for receipt in receipts]
    if not rows:
        return
    try:
        await ReceiptDocument.get_motor_collection().insert_many(rows, ordered=False)
    except BulkWriteError as error:
        details = error.details or {}
        others = [fault for fault in details.get("writeErrors", []) if fault["code"] != _DUPLICATE_KEY]
        if others or details.get("writeConcernErrors"):
            raise


async def write_rank(key: RequestKey, rank: int) -> None:
    """Remember the rank that was reported; only the first one is kept."""
    await ReceiptDocument.get_motor_collection().update_one(
        {"_id": key.receipt_id, "answer.rank": None}, {"$set": {"answer.rank": rank}}
    )
