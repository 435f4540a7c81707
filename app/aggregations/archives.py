"""What a player's archives look like: which there are, and their lines, one question each for all of them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, TypedDict

from app.aggregations.stages import Pipeline, Stage
from app.aggregations.windows import BEST_FIRST, WORST_FIRST, ahead_of, from_line_on

#: Entries that are read besides those shown: others of the last cycle shown, and those of one that is
#: being archived. A player has one in the public shard and one for each guild played for.
SPARE = 20


class ArchivedEntry(TypedDict):
    """A player's entry in an archived shard, with that shard."""

    account_id: str
    leaderboard_id: str
    cycle: int
    shard_id: str
    score: int
    last_updated: int
    version: int
    rank: int
    shard: Mapping[str, Any]


class ArchivedLine(TypedDict):
    """One line of an archived shard with its final rank."""

    shard_id: str
    account_id: str
    score: int
    last_updated: int
    rank: int


def newest_archives(account_id: str, leaderboard_id: str, *, ended_after: datetime, count: int) -> Pipeline:
    """`ArchivedEntry` rows of one player on one leaderboard: newest first, public before guild."""
    return [
        {"$match": {"account_id": account_id, "leaderboard_id": leaderboard_id, "state": "sealed"}},
        # By the index, and cut at once: a history of years is not read for its last days.
        {"$sort": {"cycle": -1}},
        {"$limit": count + SPARE},
        _with_shard(ended_after),
        {"$unwind": "$shard"},
        {"$sort": {"cycle": -1, "guild_id": 1, "shard_id": 1}},
        {"$limit": count},
        {"$unset": "receipts"},
    ]


def _with_shard(ended_after: datetime) -> Stage:
    return {
        "$lookup": {
            "from": "shards",
            "localField": "shard_id",
            "foreignField": "_id",
            "pipeline": [{"$match": {"archive.ended_at": {"$gt": ended_after}}}],
            "as": "shard",
        }
    }


def lines_of_archives(
    whole: Sequence[str], around: Sequence[ArchivedEntry], *, window: int, above: int
) -> Pipeline:
    """`ArchivedLine` rows, in no order: all of some shards, of others the best and those around an entry.

    Lines of which a shard's windows have several come several times.
    """
    windows = [part for entry in around for part in _windows(entry, window=window, above=above)]
    return [
        {"$match": {"shard_id": {"$in": list(whole)}, "state": "sealed"}},
        _as_line(),
        *({"$unionWith": {"coll": "entries", "pipeline": part}} for part in windows),
    ]


def _windows(entry: ArchivedEntry, *, window: int, above: int) -> list[Pipeline]:
    shard = {"shard_id": entry["shard_id"], "state": "sealed"}
    return [
        _first(window, shard, BEST_FIRST),
        _first(above, ahead_of(entry, shard), WORST_FIRST),
        _first(window, from_line_on(entry, shard), BEST_FIRST),
    ]


def _first(count: int, wanted: Stage, order: Stage) -> Pipeline:
    return [{"$match": wanted}, {"$sort": order}, {"$limit": count}, _as_line()]


def _as_line() -> Stage:
    return {"$project": {"_id": 0, **dict.fromkeys(ArchivedLine.__annotations__, 1)}}
