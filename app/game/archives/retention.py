"""The end of archives: entries first, then the shard that leads to them.

Nothing but archives is touched, and none of a rollover that is still going on: it may have to reward and
move its players yet. May be cut off anywhere and run again, also by several workers at once.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from app.game.documents import EntryDocument, ShardDocument
from app.game.ledgers import RunDocument, RunState
from app.ranking.index import RankIndex

SHARDS_AT_ONCE = 100
ENTRIES_AT_ONCE = 2_000
#: Documents a sweep removes; the next one goes on.
MOST_A_SWEEP = 100_000


def oldest_end(now: datetime, *, days: int) -> datetime:
    """An archive that ended by this instant is gone, swept or not."""
    return now - timedelta(days=days)


async def remove_expired(ranks: RankIndex, *, ended_by: datetime, most: int = MOST_A_SWEEP) -> int:
    """Remove archives that ended by an instant, oldest first; returns how many are gone altogether.

    Raises RankIndexAway while Redis is away.
    """
    unfinished = await _unfinished_runs()
    removed = 0
    while most > 0 and (shard_ids := await _expired(ended_by, unfinished)):
        most -= await _remove_entries(shard_ids, most=most)
        if most > 0:
            # Gone since the cycle ended, unless Redis was away just then.
            await ranks.drop(shard_ids)
            removed += await _remove_shards(shard_ids)
            most -= len(shard_ids)
    return removed


async def _unfinished_runs() -> list[str]:
    wanted = {"state": {"$in": [RunState.RUNNING, RunState.STUCK]}}
    return [row["_id"] async for row in RunDocument.get_motor_collection().find(wanted, {"_id": 1})]


async def _expired(ended_by: datetime, unfinished: Sequence[str]) -> list[str]:
    found = ShardDocument.get_motor_collection().find(
        {
            # A partial index serves only those who repeat its condition.
            "archive.ended_at": {"$lte": ended_by, "$type": "date"},
            "archive.run_id": {"$nin": list(unfinished)},
        },
        {"_id": 1},
    )
    return [row["_id"] async for row in found.sort("archive.ended_at", 1).limit(SHARDS_AT_ONCE)]


async def _remove_entries(shard_ids: Sequence[str], *, most: int) -> int:
    """Remove entries of these shards; fewer than `most` means that none is left."""
    entries = EntryDocument.get_motor_collection()
    within = {"shard_id": {"$in": list(shard_ids)}}
    gone = 0
    while gone < most:
        found = entries.find(within, {"_id": 1}).limit(min(ENTRIES_AT_ONCE, most - gone))
        entry_ids = [row["_id"] async for row in found]
        if not entry_ids:
            break
        await entries.delete_many({**within, "_id": {"$in": entry_ids}})
        gone += len(entry_ids)
    return gone


async def _remove_shards(shard_ids: Sequence[str]) -> int:
    done = await ShardDocument.get_motor_collection().delete_many({"_id": {"$in": list(shard_ids)}})
    return done.deleted_count
