"""The task that builds feeds and announces them: it may run twice and be cut off anywhere."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from app.kit.clock import utc_now
from app.livestream.feeds import Feeds
from app.resources import Resources
from app.workers.attempts import unless_away

#: Feeds that one process builds side by side; more would only share the same MongoDB.
AT_ONCE = 2

Work = Callable[[str], Awaitable[Any]]


async def build_feeds(ctx: dict[str, Any]) -> None:
    """Build the feeds that are due and announce those that have been built; one sweep at a time is enough."""
    resources: Resources = ctx["resources"]
    building: asyncio.Lock = ctx["building"]
    if not building.locked():
        async with building:
            await unless_away("build_feeds", _build(resources.livestream.feeds))


async def _build(feeds: Feeds) -> None:
    await _each(await feeds.due(utc_now()), lambda key: feeds.build(key, now=utc_now()))
    await _each(await feeds.untold(utc_now()), lambda key: feeds.tell(key, now=utc_now()))


async def _each(keys: Sequence[str], work: Work) -> None:
    """Do the work on each; one that cannot be done now does not keep others from it."""
    room = asyncio.Semaphore(AT_ONCE)

    async def one(key: str) -> None:
        async with room:
            await unless_away("build_feeds", work(key))

    await asyncio.gather(*(one(key) for key in keys))
