"""What is done when there is another feed: whoever listens to one of its aliases hears of it."""

from collections.abc import Sequence
from typing import Protocol

from app.livestream.rules.channel_names import feed
from app.livestream.signals import FEED_UPDATED, Signals


class Publisher(Protocol):
    """Tells events to those who have subscribed to a channel."""

    async def publish(self, channel: str, event: str, data: object) -> None:
        """Tell an event; raises if it could not be told."""


class FeedAnnouncements:
    """The receiver of one process."""

    def __init__(self, channels: Publisher) -> None:
        self._channels = channels

    def connect(self, signals: Signals) -> None:
        """Hear of feeds."""
        signals.feed.connect(self.tell_listeners, sender=FEED_UPDATED, weak=False)

    async def tell_listeners(self, _: str, *, aliases: Sequence[str]) -> None:
        """Tell those on the channel of each alias to read the feed again; they may hear it twice."""
        for alias in aliases:
            await self._channels.publish(feed(alias), FEED_UPDATED, {"alias": alias})
