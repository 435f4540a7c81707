"""Idempotency keys: the first answer, stored in the same transaction as the effect it reports."""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from app.game.documents import ReceiptDocument
from app.game.transactions import Session


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


@dataclass(frozen=True, slots=True)
class ScoreAnswer:
    """What one score did: the entry right after it."""

    leaderboard_id: str
    shard_id: str
    guild_id: str | None
    account_id: str
    cycle: int
    tier: int
    score: int
    version: int
    last_updated: int
    rank: int | None = None


@dataclass(frozen=True, slots=True)
class Receipt:
    """A stored answer and the request it belongs to."""

    fingerprint: str
    answer: ScoreAnswer


async def read_receipts(keys: Collection[RequestKey]) -> dict[str, Receipt]:
    """The receipts there are for these keys, by receipt id."""
    if not keys:
        return {}
    wanted = {"_id": {"$in": [key.receipt_id for key in keys]}}
    return {
        row["_id"]: Receipt(row["fingerprint"], ScoreAnswer(**row["answer"]))
        async for row in ReceiptDocument.get_motor_collection().find(wanted)
    }


async def write_receipts(
    answers: Sequence[tuple[RequestKey, ScoreAnswer]], *, now: datetime, session: Session
) -> None:
    """Store the answers, or fail the transaction if one of the keys has been answered meanwhile."""
    rows: list[Mapping[str, Any]] = [
        {
            "_id": key.receipt_id,
            "fingerprint": key.fingerprint,
            "answer": asdict(answer),
            "created_at": now,
        }
        for key, answer in answers
    ]
    await ReceiptDocument.get_motor_collection().insert_many(rows, session=session)


async def write_rank(key: RequestKey, rank: int) -> None:
    """Remember the rank that was reported; only the first one is kept."""
    await ReceiptDocument.get_motor_collection().update_one(
        {"_id": key.receipt_id, "answer.rank": None}, {"$set": {"answer.rank": rank}}
    )
