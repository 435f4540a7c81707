"""The listening domain put together."""

import asyncio
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from app.settings import Settings

#: Batches up to so many bytes may be under way in any number.
SMALL_BATCH = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Listening:
    """What the acts of the domain are given: whose clock says when a day starts."""

    zone: ZoneInfo
    _large_batch: asyncio.Lock = field(default_factory=asyncio.Lock)

    def room_for(self, size: int) -> AbstractAsyncContextManager[None]:
        """Waited for before a batch of so many bytes is taken apart: of large ones there is one at a time.

        A batch of twelve megabytes comes to some eighty while it is read and stored.
        """
        return nullcontext() if size <= SMALL_BATCH else self._large_batch


def open_listening(settings: Settings) -> Listening:
    """The domain as it is configured."""
    return Listening(ZoneInfo(settings.stats_time_zone))
