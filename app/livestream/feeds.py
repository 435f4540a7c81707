"""Feeds that are to be built, and building them: each run writes another feed, older ones go.

A build may be begun twice, and come to its end long after a later one: readers take the feed of the build
that began last, and nothing that was wanted counts as built unless a build began after it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bson import ObjectId
from pymongo import ReadPreference, ReturnDocument, UpdateOne

from app.aggregations.feed import FeedRun, build_feed
from app.livestream.documents import FeedDocument, FeedTaskDocument, SessionDocument, UserDocument
from app.livestream.rules.feed_tasks import (
    TELL_AGAIN_AFTER,
    begun,
    can_begin,
    finished,
    wanted,
    wanted_soon,
)
from app.livestream.rules.groupings import FeedKind, Groupings
from app.livestream.signals import FEED_UPDATED, Signals
from app.livestream.trending import TrendingCreators

#: For who looks into what was shown; a busy service builds feeds of megabytes every few seconds.
KEPT_FOR = timedelta(minutes=10)

#: Whatever the connection prefers: a secondary may not know yet that a session has ended.
FROM_PRIMARY: Any = ReadPreference.PRIMARY

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class FeedRules:
    """Which feeds there are, how long changes are gathered for a build, and whom no feed shows by tags."""

    groupings: Groupings
    debounce: timedelta
    excluded_tags: Sequence[str]


class Feeds:
    """Has feeds built, and builds them."""

    def __init__(self, rules: FeedRules, trending: TrendingCreators, signals: Signals) -> None:
        self.groupings = rules.groupings
        self.debounce = rules.debounce
        self.excluded_tags = rules.excluded_tags
        self._trending = trending
        self._signals = signals

    async def want(self, streamer_id: ObjectId, *, now: datetime) -> list[str]:
        """Have the feeds that concern a streamer built: a session started. Their keys."""
        user = await UserDocument.get_motor_collection().find_one({"_id": streamer_id}, {"tags": 1})
        keys = [kind.key for kind in self.groupings.of(user.get("tags", ()) if user else ())]
        update = wanted(now, debounce=self.debounce)
        await FeedTaskDocument.get_motor_collection().bulk_write(
            [UpdateOne({"_id": key}, update, upsert=True) for key in keys], ordered=False
        )
        return keys

    async def want_soon(self, streamer_id: ObjectId, *, now: datetime) -> None:
        """Have the feeds that show a streamer, or will, built again soon: a session ended."""
        tasks = FeedTaskDocument.get_motor_collection()
        # Builds first: one that ends in between has left a feed.
        keys = await tasks.distinct("_id", {"building_until": {"$ne": None}})
        keys += await _feeds_that_show(streamer_id)
        await tasks.update_many({"_id": {"$in": keys}}, wanted_soon(now, debounce=self.debounce))

    async def due(self, now: datetime) -> list[str]:
        """Feeds to be built, by the keys of their kinds."""
        return await self._keys(can_begin(now))

    async def build(self, key: str, *, now: datetime) -> bool:
        """Build one feed if it is due and nobody else does; True once that is done."""
        task = await _begin(key, now)
        if task is None:
            return False
        await self._write(self.groupings.kinds[key], task)
        await FeedTaskDocument.get_motor_collection().update_one(
            {"_id": key}, finished(task["begun"], seen=task["wanted"], now=now)
        )
        return True

    async def untold(self, now: datetime) -> list[str]:
        """Feeds that have been built and not announced, by the keys of their kinds."""
        return await self._keys({"tell_at": {"$lte": now}})

    async def tell(self, key: str, *, now: datetime) -> None:
        """Announce that there is another feed, unless somebody else does. Raises what a receiver raises.

        What has failed is tried again some time later.
        """
        tasks = FeedTaskDocument.get_motor_collection()
        again_at = now + TELL_AGAIN_AFTER
        taken = await tasks.update_one(
            {"_id": key, "tell_at": {"$lte": now}}, {"$set": {"tell_at": again_at}}
        )
        if taken.modified_count:
            aliases = self.groupings.kinds[key].aliases
            await self._signals.feed.send_async(FEED_UPDATED, aliases=aliases)
            await tasks.update_one({"_id": key, "tell_at": again_at}, {"$set": {"tell_at": None}})

    async def _keys(self, query: Row) -> list[str]:
        # A kind that is no longer configured is nobody's concern.
        known = {"_id": {"$in": list(self.groupings.kinds)}}
        keys: list[str] = await FeedTaskDocument.get_motor_collection().distinct("_id", {**known, **query})
        return keys

    async def _write(self, kind: FeedKind, task: Row) -> None:
        now = task["begun_at"]
        run = FeedRun(
            feed_id=ObjectId(),
            aliases=kind.aliases,
            region_group=kind.region_group,
            filtered=kind.filtered,
            version=task["begun"],
            generated_at=now,
            countries=kind.countries,
            excluded_tags=self.excluded_tags,
            trending=await self._trending.read(now),
        )
        sessions = SessionDocument.get_motor_collection().with_options(read_preference=FROM_PRIMARY)
        await sessions.aggregate(build_feed(run), allowDiskUse=True).to_list(None)
        older = {"aliases": kind.aliases[0], "version": {"$lt": run.version}, "expires_at": None}
        await FeedDocument.get_motor_collection().update_many(older, {"$set": {"expires_at": now + KEPT_FOR}})


async def _begin(key: str, now: datetime) -> Row | None:
    """The task of a build that begins now; None if none is due."""
    task: Row | None = await FeedTaskDocument.get_motor_collection().find_one_and_update(
        {"_id": key, **can_begin(now)}, begun(now), return_document=ReturnDocument.AFTER
    )
    return task


async def _feeds_that_show(streamer_id: ObjectId) -> list[str]:
    shown = {"expires_at": None, "items.id": streamer_id}
    found = FeedDocument.get_motor_collection().find(shown, {"region_group": 1, "filtered": 1})
    return [FeedKind(row["region_group"], (), row["filtered"]).key async for row in found]
