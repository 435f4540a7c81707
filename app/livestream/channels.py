"""Channels: what is said about sessions and feeds, and what is known about a channel itself.

An event goes to this service's own subscribers, through Redis, and to those of a Pusher server, if there is
one. Either may hear an event twice when its publication is tried again.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import orjson

from app.clients.pusher import PusherAway, PusherClient
from app.jobs import Jobs
from app.livestream.rules.channel_names import OF_STREAMER, Channel, ChannelKind, read_channel
from app.livestream.subscriptions import active_session_of
from app.streams.fanout import Fanout
from app.streams.recent import RecentEvents
from app.streams.remembered import Remembered
from app.streams.subscription import Place, Subscription, take_place


@dataclass(frozen=True, slots=True)
class Streams:
    """The channels' side of Redis."""

    recent: RecentEvents
    remembered: Remembered
    fanout: Fanout


class Channels:
    """Publishes events, and lets subscribers hear them; who may is decided elsewhere.

    Every method raises ChannelsAway when Redis does not answer.
    """

    def __init__(self, streams: Streams, pusher: PusherClient, jobs: Jobs) -> None:
        self._recent = streams.recent
        self._remembered = streams.remembered
        self._fanout = streams.fanout
        self._pusher = pusher
        self._jobs = jobs

    async def publish(self, channel: str, event: str, data: object) -> None:
        """Tell an event to every subscriber; PusherAway if the Pusher server has not taken it.

        Publishing the same again after a failure tells it to those who have not heard it.
        """
        text = orjson.dumps(data, default=str).decode()
        await self._recent.tell(channel, event, text)
        if self._pusher.is_configured:
            try:
                await self._pusher.trigger(channel, event, text)
            except PusherAway:
                await self._recent.note_half_told(channel, event, text)
                raise

    async def forget(self, names: Iterable[str]) -> None:
        """Drop what is remembered about these channels, and have a worker find it out anew."""
        names = tuple(names)
        await self._remembered.forget(names)
        await self._jobs.authorize(names)

    async def authorize(self, name: str) -> None:
        """Find out what new subscribers of a channel are told, unless that is remembered."""
        await self._about(read_channel(name))

    async def subscribe(self, channel: Channel, *, after: str | None = None) -> Subscription:
        """A place on the channel, to be closed; with `after`, what came since that event comes first.

        Raises TooManySubscribers if this process has no room.
        """
        place = Place(channel.name, self._fanout, self._recent)
        return await take_place(place, lambda: self._about(channel), after=after)

    async def aclose(self) -> None:
        """End every subscription."""
        await self._fanout.aclose()

    async def _about(self, channel: Channel) -> str:
        """What a new subscriber is told about the channel, as JSON."""
        if channel.kind in OF_STREAMER:
            told = await self._remembered.recall(channel.name, lambda: _about_streamer(channel))
            return told.decode()
        if channel.kind is ChannelKind.SESSION:
            return _told(channel, session_id=channel.subject)
        return _told(channel)


async def _about_streamer(channel: Channel) -> bytes:
    return _told(channel, session_id=await active_session_of(channel.subject)).encode()


def _told(channel: Channel, **more: str | None) -> str:
    return orjson.dumps({"channel": channel.name, **more}).decode()
