"""What is done in one domain when something has happened in another: no other module names two."""

from collections.abc import Callable, Sequence
from datetime import datetime
from hashlib import blake2b
from typing import Any, Protocol

import orjson
from bson import ObjectId

from app.earnings.changes import end_look, is_held, take_look
from app.earnings.leaderboard import SessionLeaderboards, Wanted
from app.earnings.reading import Reads
from app.earnings.rules.categories import DEFAULT
from app.earnings.rules.lines import shown
from app.earnings.rules.windows import SessionTimes
from app.kit.clock import utc_now
from app.kit.paging import Page
from app.livestream.errors import UnknownSession
from app.livestream.rules.channel_names import presence
from app.livestream.session_reading import read_window

LEADERBOARD_UPDATED = "leaderboard.updated"
#: The page that a viewer sees first.
FIRST = Page(1, 15)
DAYS = 1


class Publisher(Protocol):
    """Tells events to those who have subscribed to a channel."""

    async def publish(self, channel: str, event: str, data: object) -> None:
        """Tell an event; raises if it could not be told."""


class LeaderboardNews:
    """Tells those who watch a session that its leaderboard has another first page."""

    def __init__(
        self,
        leaderboards: SessionLeaderboards,
        channels: Publisher,
        *,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._leaderboards = leaderboards
        self._channels = channels
        self._clock = clock

    async def tell(self, session_id: ObjectId) -> None:
        """Look at a session's leaderboard, if that is due and nobody else does, and tell what is new.

        One that fails, or is cut off, is due again after a while; what it had told may then be told twice.
        """
        look = await take_look(session_id, now=self._clock())
        if look is None:
            return
        lines = await self._first_page(session_id)
        told = _digest(lines)
        if told != (look.told or _digest([])) and await is_held(look):
            news = {"session_id": str(session_id), "leaderboard": lines}
            await self._channels.publish(presence(session_id), LEADERBOARD_UPDATED, news)
        await end_look(look, told=told, now=self._clock())

    async def _first_page(self, session_id: ObjectId) -> list[dict[str, Any]]:
        try:
            window = await read_window(str(session_id))
        except UnknownSession:
            return []
        wanted = Wanted(
            session=session_id,
            streamer=window.user,
            times=SessionTimes.of(window.started_at, window.ended_at),
            days=DAYS,
            categories=DEFAULT,
            reads=Reads.PRIMARY,
        )
        found, _ = await self._leaderboards.page(wanted, FIRST, now=self._clock())
        return [shown(line) for line in found.lines]


def _digest(lines: Sequence[dict[str, Any]]) -> str:
    return blake2b(orjson.dumps(lines), digest_size=16).hexdigest()
