"""A leaderboard at the end of its cycle, in a database of its own: filled once, then copied for each run."""

import asyncio
import random
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from pymongo import WriteConcern
from pymongo.collection import Collection

from app.game.definitions import UpdateRequest
from app.game.documents import EnrollmentDocument, EntryDocument, ShardDocument
from app.kit.clock import utc_now
from app.resources import Resources
from bench.boards import BATCH, BEGAN_MS, FILLERS, HIGHEST, HOUR_MS
from bench.stand import Stand

LEADERBOARD = "cup"
#: In the middle, so that players move up as well as down.
TIER = 1
PLAIN_ENTRIES = "plain_entries"
OPENED_AT_ONCE = 500
#: An odd factor, so that no two accounts are one.
SCATTER = 0x9E3779B97F4A7C15

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Cup:
    """So many shards of so many players, all of one tier."""

    shards: int
    players: int

    @property
    def entries(self) -> int:
        """The entries of all shards."""
        return self.shards * self.players

    @property
    def template(self) -> str:
        """The database of what copies are made of."""
        return f"cup-{self.shards}"

    def definition(self) -> Row:
        """Half of the players win something, one in fifty goes up and one down, whatever the shards' size."""
        best = (1, 10, 100) if self.shards == 1 else (1, 2, 3)
        rewards = [
            *(_reward(minimumRank=rank) for rank in best),
            *(_reward(minimumPercentile=percentile) for percentile in (90, 50)),
        ]
        rule = {
            "playersPerShard": -1 if self.shards == 1 else self.players,
            "promotionPercentage": 2,
            "demotionPercentage": 2,
            "rewards": rewards,
        }
        return {
            "leaderboardId": LEADERBOARD,
            "title": "Benchmark",
            "description": "To be rolled over.",
            "rolloverType": 5,
            "startTime": 0,
            "tierCount": 3,
            "tierRules": [{"tier": tier, **rule} for tier in range(3)],
        }


def fill(stand: Stand, cup: Cup) -> None:
    """Store what copies are made of: entries, enrollments and shards, without indexes."""
    entries, enrollments, shards = (
        _template(stand, cup, document) for document in (EntryDocument, EnrollmentDocument, ShardDocument)
    )

    def insert(first: int) -> None:
        numbers = range(first, min(first + BATCH, cup.entries))
        entries.insert_many([_entry(cup, number) for number in numbers], ordered=False)
        enrollments.insert_many([_enrollment(cup, number) for number in numbers], ordered=False)

    with ThreadPoolExecutor(FILLERS) as pool:
        list(pool.map(insert, range(0, cup.entries, BATCH)))
    shards.insert_many(_shard(cup, number) for number in range(cup.shards))


def copy(stand: Stand, cup: Cup) -> None:
    """Bring the stand's database into the state before the rollover."""
    database = stand.settings.mongodb_database
    stand.mongodb.drop_database(database)
    for document in (EntryDocument, EnrollmentDocument, ShardDocument):
        name = document.Settings.name
        _template(stand, cup, document).aggregate([{"$out": {"db": database, "coll": name}}])

    async def define(resources: Resources) -> None:
        request = UpdateRequest(single=cup.definition())
        await resources.game.definitions.apply(request, actor="bench", now=utc_now())
        # Boards that are there, if empty, keep the worker from building them during the measurement.
        for first in range(0, cup.shards, OPENED_AT_ONCE):
            last = min(first + OPENED_AT_ONCE, cup.shards)
            await asyncio.gather(*(resources.ranks.open(_id(number)) for number in range(first, last)))

    # Opening the resources makes the indexes.
    stand.run(define)
    stand.mongodb.admin.command("fsync")


def copy_entries(stand: Stand, cup: Cup) -> Collection[Row]:
    """The same entries once more, in a collection with the same indexes."""
    copies = stand.mongodb[stand.settings.mongodb_database][PLAIN_ENTRIES]
    copies.drop()
    out = {"db": copies.database.name, "coll": copies.name}
    _template(stand, cup, EntryDocument).aggregate([{"$out": out}])
    copies.create_indexes(EntryDocument.Settings.indexes)
    stand.mongodb.admin.command("fsync")
    return copies


def _template(stand: Stand, cup: Cup, document: type[Any]) -> Collection[Row]:
    fast = WriteConcern(w=1, j=False)
    return stand.mongodb[cup.template].get_collection(document.Settings.name, write_concern=fast)


def _id(number: int) -> str:
    return f"{number:024x}"


def _account(number: int) -> str:
    """Accounts come in no order: that of their ids is not the one in which they are stored."""
    return f"{number * SCATTER % 2**64:024x}"


def _entry(cup: Cup, number: int) -> Row:
    draw = random.Random(number)
    at = BEGAN_MS - HOUR_MS - draw.randrange(HOUR_MS)
    account_id = _account(number)
    return {
        "_id": f"{LEADERBOARD}/1/public/{account_id}",
        "leaderboard_id": LEADERBOARD,
        "cycle": 1,
        "tier": TIER,
        "shard_id": _id(number // cup.players),
        "guild_id": None,
        "account_id": account_id,
        "score": draw.randrange(1, HIGHEST),
        "version": 1,
        "last_updated": at,
        "touched_at": at,
        "state": "open",
    }


def _enrollment(cup: Cup, number: int) -> Row:
    return {
        "_id": _id(number),
        "account_id": _account(number),
        "leaderboard_id": LEADERBOARD,
        "tier": TIER,
        "active_tier": TIER,
        "seasonal_max_tier": TIER,
        "scored_in_season": True,
        "active_cycle": 1,
        "settled_cycle": 0,
        "season_cycle": 0,
        "promotion_status": -1,
        "season_ended": False,
        "current_shard_id": _id(number // cup.players),
        "guild_id": None,
        "archives": [],
    }


def _shard(cup: Cup, number: int) -> Row:
    return {
        "_id": _id(number),
        "leaderboard_id": LEADERBOARD,
        "cycle": 1,
        "tier": TIER,
        "guild_id": None,
        "number": number + 1,
        "seats": cup.players,
        "opened_at": utc_now(),
        "stage": "open",
    }


def _reward(**threshold: int) -> Row:
    return {
        "subject": "You won",
        "body": "This is what you won.",
        **threshold,
        "attachments": [{"type": "item", "rewardId": "sword", "quantity": 1}],
    }
