"""Collections and indexes, brought up to date by one process while the others wait."""

import asyncio
import contextlib
import hashlib
import random
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import structlog
from beanie import Document
from pymongo import IndexModel
from pymongo.errors import CollectionInvalid

if TYPE_CHECKING:
    from motor.motor_asyncio import AsyncIOMotorDatabase

log = structlog.get_logger()

CLAIM_LAPSES_MS = 30_000
LOOKS_AGAIN_AFTER_S = 0.1


async def ensure_schema(
    database: "AsyncIOMotorDatabase[dict[str, Any]]", documents: Sequence[type[Document]]
) -> None:
    """Return once the database has every collection and index of these documents.

    The first process to claim the work does it; a claim whose holder died lapses after 30 s. When the
    database is up to date already, this is one read.
    """
    wanted = _fingerprint(documents)
    schema = database["schema"]
    while True:
        found = await schema.find_one({"_id": "indexes"})
        if found is not None and found.get("fingerprint") == wanted:
            return
        if await _claim(database):
            for document in documents:
                await _ensure(database, document)
            await schema.update_one(
                {"_id": "indexes"}, {"$set": {"fingerprint": wanted}, "$unset": {"claimed_at": ""}}
            )
            log.info("schema.ensured", collections=len(documents))
            return
        await asyncio.sleep(LOOKS_AGAIN_AFTER_S * (1 + random.random()))  # noqa: S311 # jitter


async def _claim(database: "AsyncIOMotorDatabase[dict[str, Any]]") -> bool:
    """True if the work is now ours: nobody has it, or whoever had it has been silent too long."""
    free = {
        "$or": [
            {"$eq": [{"$type": "$claimed_at"}, "missing"]},
            {"$lt": ["$claimed_at", {"$subtract": ["$$NOW", CLAIM_LAPSES_MS]}]},
        ]
    }
    schema = database["schema"]
    await schema.update_one({"_id": "indexes"}, {"$setOnInsert": {"fingerprint": None}}, upsert=True)
    claimed = await schema.update_one({"_id": "indexes", "$expr": free}, [{"$set": {"claimed_at": "$$NOW"}}])
    return claimed.matched_count == 1


async def _ensure(database: "AsyncIOMotorDatabase[dict[str, Any]]", document: type[Document]) -> None:
    name = document.get_collection_name()
    # Made now, because a transaction may not have to make it.
    with contextlib.suppress(CollectionInvalid):
        await database.create_collection(name)
    if indexes := _indexes(document):
        await database[name].create_indexes(indexes)


def _indexes(document: type[Document]) -> list[IndexModel]:
    return list(getattr(document.Settings, "indexes", []))


def _fingerprint(documents: Sequence[type[Document]]) -> str:
    described = [
        (
            document.get_collection_name(),
            [index.document for index in _indexes(document)],
        )
        for document in documents
    ]
    return hashlib.sha256(repr(described).encode()).hexdigest()
