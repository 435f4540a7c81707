"""One subscriber's end of a channel."""

import asyncio
from collections.abc import Iterable

from app.streams.events import Event

MOST_WAITING = 100


class Listener:
    """Events of one channel in order, as many as may wait; whoever falls further behind is cut off."""

    def __init__(self) -> None:
        #: The event after which this one listens, once that is known.
        self.since: str | None = None
        self._events: asyncio.Queue[Event | None] = asyncio.Queue(MOST_WAITING + 1)
        self._told: frozenset[str] = frozenset()
        self._cut_off = False

    def offer(self, event: Event) -> None:
        """Hand an event over; one who has too many waiting gets none any more."""
        if self._events.qsize() >= MOST_WAITING:
            self.cut_off()
        if not self._cut_off:
            self._events.put_nowait(event)

    def cut_off(self) -> None:
        """End what is heard here: the subscriber comes back and asks for what was missed."""
        if not self._cut_off:
            self._cut_off = True
            self._events.put_nowait(None)  # there is room for one more than may wait

    def skip(self, event_ids: Iterable[str]) -> None:
        """Leave out events that the subscriber gets in another way."""
        self._told = frozenset(event_ids)

    async def next(self, *, within_s: float) -> Event | None:
        """The next event; None once it is over, or nothing has come in time."""
        try:
            async with asyncio.timeout(within_s):
                while not self._cut_off:
                    event = await self._events.get()
                    if event is not None and event.id not in self._told:
                        return event
        except TimeoutError:
            pass
        return None
