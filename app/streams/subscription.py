"""A subscriber's place on a channel."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from app.streams.events import START, Event, events_since
from app.streams.fanout import Fanout
from app.streams.listener import Listener
from app.streams.recent import RecentEvents

SUBSCRIBED = "subscribed"


@dataclass(frozen=True, slots=True)
class Place:
    """Where to listen: a channel, who hears it in this process, and what is kept of it."""

    channel: str
    fanout: Fanout
    recent: RecentEvents


class Subscription:
    """The events a subscriber begins with, then those to come."""

    def __init__(self, channel: str, listener: Listener, fanout: Fanout) -> None:
        self._channel = channel
        self._listener = listener
        self._fanout = fanout
        self.opening: list[Event] = []

    @property
    def since(self) -> str:
        """The event after which it listens."""
        return self._listener.since or START

    async def next(self, *, within_s: float) -> Event | None:
        """The next event; None once the subscription has been ended, or nothing has come in time."""
        return await self._listener.next(within_s=within_s)

    def skip(self, events: list[Event]) -> None:
        """Leave out events that the subscriber gets in another way."""
        self._listener.skip(event.id for event in events)

    def end(self) -> None:
        """Hear nothing more."""
        self._listener.cut_off()

    def close(self) -> None:
        """Give the place up."""
        self._fanout.leave(self._channel, self._listener)


async def take_place(
    place: Place, find_out: Callable[[], Awaitable[str]], *, after: str | None
) -> Subscription:
    """A subscription, to be closed, that begins with what is found out about the channel.

    With `after`, what came since that event comes next. Raises ChannelsAway, or TooManySubscribers if this
    process has no room.
    """
    listener = await place.fanout.join(place.channel)
    subscription = Subscription(place.channel, listener, place.fanout)
    try:
        about = await find_out()
        subscription.opening = [Event(after or subscription.since, SUBSCRIBED, about)]
        if after is not None:
            recent = await place.recent.read(place.channel)
            subscription.skip(recent)
            subscription.opening += events_since(recent, after)
    except BaseException:
        subscription.close()
        raise
    return subscription
