"""Builders of feeds that stop in the middle, as a process does that is given no time."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bson import ObjectId

from app.livestream.feeds import FeedRules, Feeds
from app.livestream.rules.groupings import Groupings
from app.livestream.signals import Signals
from app.livestream.trending import TrendingCreators

RULES = FeedRules(Groupings({"asia": ["tw", "hk"]}), timedelta(seconds=15), ())


def feeds_of(trending: TrendingCreators | None = None, signals: Signals | None = None) -> Feeds:
    """Feeds of the world and of Asia, as another process would have them."""
    return Feeds(RULES, trending or TrendingCreators(), signals or Signals())


@dataclass
class Pause(TrendingCreators):
    """Stops whoever asks who is trending, between the beginning of a build and its one read."""

    reached: asyncio.Event = field(default_factory=asyncio.Event)
    over: asyncio.Event = field(default_factory=asyncio.Event)

    async def read(self, now: datetime) -> Sequence[ObjectId]:  # noqa: ARG002 # nobody is trending
        """Nobody, in the end."""
        self.reached.set()
        await self.over.wait()
        return ()


class StoppedBuild:
    """A build of one feed that has begun and stands still."""

    def __init__(self, pause: Pause, task: "asyncio.Task[bool]") -> None:
        self._pause = pause
        self._task = task

    async def go_on(self) -> None:
        """Let it come to its end."""
        self._pause.over.set()
        assert await self._task

    async def die(self) -> None:
        """End it where it is."""
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)


async def begin_build(key: str, now: datetime) -> StoppedBuild | None:
    """A build that stands still right after its beginning; None if there was nothing to begin."""
    pause = Pause()
    task = asyncio.create_task(feeds_of(pause).build(key, now=now))
    reached = asyncio.create_task(pause.reached.wait())
    await asyncio.wait({task, reached}, return_when=asyncio.FIRST_COMPLETED)
    reached.cancel()
    if task.done():
        assert not task.result()
        return None
    return StoppedBuild(pause, task)
