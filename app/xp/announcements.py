"""News of boards: whoever looks at one is told, at most once a second, that it has changed.

What changed is not said; the reader reads the board again. So nothing is lost if an event is.
"""

import asyncio
import contextlib
from collections.abc import Iterable
from dataclasses import dataclass

import orjson
import structlog

from app.streams.errors import ChannelsAway
from app.streams.fanout import Fanout
from app.streams.recent import RecentEvents
from app.streams.seldom import SeldomEvents
from app.streams.subscription import Place, Subscription, take_place
from app.xp.rules.boards import scope_text
from app.xp.rules.places import EVERYWHERE, Scope

log = structlog.get_logger()

EVERY_S = 1.0
UPDATED = "updated"
LITTERCOIN = "littercoin"


@dataclass(frozen=True, slots=True)
class Streams:
    """The announcements' side of Redis."""

    recent: RecentEvents
    seldom: SeldomEvents
    fanout: Fanout


class Announcements:
    """Tells of news, and lets readers hear it; one per process."""

    def __init__(self, streams: Streams) -> None:
        self._streams = streams
        self._news: set[Scope] = set()
        self._telling: asyncio.Task[None] | None = None

    def note(self, scopes: Iterable[Scope]) -> None:
        """Boards of these scopes have changed: tell now, or when a second is over."""
        self._news.update(scopes)
        if self._telling is None or self._telling.done():
            self._telling = asyncio.get_running_loop().create_task(self._tell())

    async def tell_of_coin(self, user_id: int, number: int) -> None:
        """Tell everybody of a littercoin. Raises ChannelsAway."""
        data = orjson.dumps({"user_id": user_id, "number": number}).decode()
        await self._streams.recent.tell(channel_of(EVERYWHERE), LITTERCOIN, data)

    async def subscribe(self, scope: Scope, *, after: str | None = None) -> Subscription:
        """A place among those who hear of this scope's boards, to be closed.

        Raises ChannelsAway or TooManySubscribers.
        """
        place = Place(channel_of(scope), self._streams.fanout, self._streams.recent)

        async def about() -> str:
            return _said_of(scope)

        return await take_place(place, about, after=after)

    async def aclose(self) -> None:
        """End every subscription, and tell of nothing any more."""
        if self._telling is not None:
            self._telling.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._telling
        await self._streams.fanout.aclose()

    async def _tell(self) -> None:
        while self._news:
            news, self._news = self._news, set()
            by_channel = {channel_of(scope): scope for scope in news}
            said = {channel: _said_of(scope) for channel, scope in by_channel.items()}
            try:
                too_early = await self._streams.seldom.tell(UPDATED, said)
            except ChannelsAway:
                log.info("xp_news.not_told", boards=len(said))
                too_early = set()
            self._news.update(by_channel[channel] for channel in too_early)
            await asyncio.sleep(EVERY_S)


def channel_of(scope: Scope) -> str:
    """The channel on which news of a scope is told."""
    return f"xp@{scope_text(scope)}"


def _said_of(scope: Scope) -> str:
    return orjson.dumps(
        {"location_type": scope.location_type.name.lower(), "location_id": scope.location_id or None}
    ).decode()
