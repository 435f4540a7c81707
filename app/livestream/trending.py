"""Who is trending: asked of the earnings once a minute, whatever is built meanwhile."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

from bson import ObjectId

from app.aggregations.earnings import EARNINGS
from app.aggregations.feed import trending_creators
from app.livestream.documents import FeedDocument

KEPT = timedelta(seconds=60)


class TrendingCreators:
    """What one process knows about it."""

    def __init__(self) -> None:
        self._asking = asyncio.Lock()
        self._creators: Sequence[ObjectId] = ()
        self._asked_at: datetime | None = None

    async def read(self, now: datetime) -> Sequence[ObjectId]:
        """Streamers by the diamonds of the last 24 hours, weakest first; as they were up to a minute ago."""
        async with self._asking:
            if self._asked_at is None or abs(now - self._asked_at) >= KEPT:
                self._creators = await _creators(now)
                self._asked_at = now
            return self._creators


async def _creators(now: datetime) -> Sequence[ObjectId]:
    earnings = FeedDocument.get_motor_collection().database[EARNINGS]
    return [row["_id"] async for row in earnings.aggregate(trending_creators(now))]
