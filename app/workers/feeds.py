"""Tasks that build feeds and announce them: each may run twice and be cut off anywhere."""

import asyncio
from typing import Any

from app.jobs import BUILD_FEED
from app.kit.clock import utc_now
from app.livestream.feeds import Feeds
from app.resources import Resources
from app.workers.attempts import unless_away

#: Feeds that one process builds side by side; more would only share the same MongoDB.
AT_ONCE = 2


async def generate_most_recent_livestream_feed_by_region_group(ctx: dict[str, Any], key: str) -> None:
    """Build one feed if that is due, and announce it; `key` is its region group, perhaps `-filtered`."""
    resources: Resources = ctx["resources"]
    building: asyncio.Semaphore = ctx["building"]
    async with building:
        await unless_away(BUILD_FEED, _build(resources.livestream.feeds, key))


async def sweep_feeds(ctx: dict[str, Any]) -> None:
    """Wake a worker for every feed that is due and that no wake-up has come for."""
    await unless_away("sweep_feeds", _wake_for_due(ctx["resources"]))


async def _build(feeds: Feeds, key: str) -> None:
    await feeds.build(key, now=utc_now())
    await feeds.tell(key, now=utc_now())


async def _wake_for_due(resources: Resources) -> None:
    feeds, now = resources.livestream.feeds, utc_now()
    await resources.jobs.build_feeds({*await feeds.due(now), *await feeds.untold(now)})
