"""Littercoins: one for every hundred verified photos of a user, whatever becomes of the photos.

A photo owes its count from the approval on, in its own document. A worker counts what is owed, user by user
in one transaction each, then tells of new coins. Nothing else waits for any of it.
"""

from collections import defaultdict
from datetime import datetime

import structlog

from app.storage.transactions import Session, in_transaction
from app.xp.announcements import Announcements
from app.xp.documents import CoinDocument, CoinState, PhotoDocument, PurseDocument
from app.xp.rules.littercoin import earned

log = structlog.get_logger()

COUNTED_AT_ONCE = 500
TOLD_AT_ONCE = 100


async def count_owed(now: datetime) -> int:
    """Count photos that are owed; returns how many."""
    photos = PhotoDocument.get_motor_collection()
    by_user: dict[int, list[int]] = defaultdict(list)
    async for row in photos.find({"coin": CoinState.OWED.value}, {"user_id": 1}).limit(COUNTED_AT_ONCE):
        by_user[row["user_id"]].append(row["_id"])
    return sum([await _count(user_id, photo_ids, now) for user_id, photo_ids in by_user.items()])


async def announce_coins(announcements: Announcements, now: datetime) -> int:
    """Tell of coins that nobody has been told of; returns how many. Raises ChannelsAway."""
    coins = CoinDocument.get_motor_collection()
    untold = await coins.find({"announced_at": None}).sort("earned_at", 1).to_list(TOLD_AT_ONCE)
    for coin in untold:
        await announcements.tell_of_coin(coin["user_id"], coin["number"])
        await coins.update_one({"_id": coin["_id"]}, {"$set": {"announced_at": now}})
    return len(untold)


async def _count(user_id: int, photo_ids: list[int], now: datetime) -> int:
    """Count those of a user's photos that still are owed, and mint the coins they make up."""

    async def count(session: Session) -> int:
        owed = {"_id": {"$in": photo_ids}, "coin": CoinState.OWED.value}
        counted = await PhotoDocument.get_motor_collection().update_many(
            owed, {"$set": {"coin": CoinState.COUNTED.value}}, session=session
        )
        photos: int = counted.modified_count
        if photos:
            await _fill_purse(user_id, photos, now, session)
        return photos

    return await in_transaction(count, on=PhotoDocument)


async def _fill_purse(user_id: int, photos: int, now: datetime, session: Session) -> None:
    purses = PurseDocument.get_motor_collection()
    purse = await purses.find_one({"_id": user_id}, session=session) or {"progress": 0, "coins": 0}
    progress, coins = earned(purse["progress"], photos)
    numbers = range(purse["coins"] + 1, purse["coins"] + coins + 1)
    filled = {"progress": progress, "coins": purse["coins"] + coins}
    await purses.replace_one({"_id": user_id}, filled, upsert=True, session=session)
    if coins:
        await CoinDocument.get_motor_collection().insert_many(
            [
                {
                    "_id": f"{user_id}:{number}",
                    "user_id": user_id,
                    "number": number,
                    "earned_at": now,
                    "announced_at": None,
                }
                for number in numbers
            ],
            session=session,
        )
        log.info("littercoin.earned", coins=coins)
