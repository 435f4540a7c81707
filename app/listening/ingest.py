"""Events in: each is stored once, however often it is sent."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from beanie import Document
from pymongo.errors import BulkWriteError

from app.listening.documents import MediaDocument

DUPLICATE_KEY = 11_000

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Ingested:
    """What became of a batch."""

    received: int
    stored: int

    @property
    def duplicate(self) -> int:
        """How many were there already, from before or from this very batch."""
        return self.received - self.stored


async def store_events(kind: type[Document], rows: Sequence[Row]) -> Ingested:
    """Store those that are not there yet.

    The ids decide, so a batch that was cut half-way is completed by sending it again.
    """
    if not rows:
        return Ingested(0, 0)
    try:
        await kind.get_motor_collection().insert_many(list(rows), ordered=False)
    except BulkWriteError as error:
        if not _only_duplicates(error):
            raise
        return Ingested(len(rows), error.details["nInserted"])
    return Ingested(len(rows), len(rows))


async def store_media(uid: str, *, duration_ms: int) -> None:
    """How long a piece is; the last word counts."""
    await MediaDocument.get_motor_collection().update_one(
        {"_id": uid}, {"$set": {"duration_ms": duration_ms}}, upsert=True
    )


def _only_duplicates(error: BulkWriteError) -> bool:
    details = error.details
    return not details["writeConcernErrors"] and all(
        fault["code"] == DUPLICATE_KEY for fault in details["writeErrors"]
    )
