"""What is done about signals, each thing by a receiver of its own.

A receiver may run twice, and late: each says or sets what is true when it runs.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol

from bson import ObjectId

from app.jobs import Jobs
from app.kit.clock import utc_now
from app.livestream.documents import SessionDocument, UserDocument
from app.livestream.follow_ups import FollowUps
from app.livestream.ratings import take_over_rating
from app.livestream.rules.channel_names import of_streamer, presence
from app.livestream.rules.tags import session_name
from app.livestream.signals import (
    PRESET_CHANGED,
    RATING_UPDATED,
    SESSION_ENDED,
    SESSION_STARTED,
    Signals,
)
from app.livestream.viewers import forget_stale_viewers

MARKS_KEPT = timedelta(days=3)
RATING_PARTS = ("current", "current_count", "previous", "previous_count")


class Publisher(Protocol):
    """Tells events to those who have subscribed to a channel."""

    async def publish(self, channel: str, event: str, data: object) -> None:
        """Tell an event; raises if it could not be told."""

    async def forget(self, names: Iterable[str]) -> None:
        """Have what is remembered about these channels found out anew."""


class Notifier(Protocol):
    """Sends messages to devices."""

    async def notify_followers(self, session_id: ObjectId, streamer_id: ObjectId, *, now: datetime) -> None:
        """See to it that a streamer's followers hear of the session, once."""


class FeedRequests(Protocol):
    """Takes requests for a streamer's feeds to be built."""

    #: How long requests are gathered.
    debounce: timedelta

    async def want(self, streamer_id: ObjectId, *, now: datetime) -> list[str]:
        """Ask for it; requests of a minute are answered together. The keys of those feeds."""

    async def want_soon(self, streamer_id: ObjectId, *, now: datetime) -> None:
        """Ask for it without waiting for the next minute."""


class Receivers:
    """The receivers of one process; the names of their methods are stored with what is owed."""

    def __init__(
        self,
        follow_ups: FollowUps,
        jobs: Jobs,
        channels: Publisher,
        push: Notifier,
        feeds: FeedRequests,
        *,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self._follow_ups = follow_ups
        self._jobs = jobs
        self._channels = channels
        self._push = push
        self._feeds = feeds
        self._clock = clock

    def connect(self, signals: Signals) -> None:
        """Have every receiver hear what it is for."""
        by_sender = {
            SESSION_STARTED: (
                self.set_session_name,
                self.generate_livestream_feed,
                self.initialize_session_rating,
                self.notify_viewers_livestream_online,
                self.notify_followers_livestream_online,
                self.notify_existing_show_goal,
                self.invalidate_cached_pusher_channel_data,
                self.cleanup_stale_stream_viewers,
            ),
            SESSION_ENDED: (
                self.rebuild_livestream_feed,
                self.notify_viewers_session_ended,
                self.invalidate_cached_pusher_channel_data,
            ),
            PRESET_CHANGED: (self.notify_viewers_preset,),
            RATING_UPDATED: (self.notify_viewers_rating,),
        }
        for sender, receivers in by_sender.items():
            for receiver in receivers:
                signals.livestream.connect(receiver, sender=sender, weak=False)

    async def set_session_name(
        self, _: str, *, session_id: ObjectId, streamer_id: ObjectId, **__: object
    ) -> None:
        """Name the session by the first of its streamer's badges that is for that."""
        user = await UserDocument.get_motor_collection().find_one({"_id": streamer_id}, {"tags": 1})
        name = session_name(user["tags"] if user else [])
        if name is not None:
            await SessionDocument.get_motor_collection().update_one(
                {"_id": session_id}, {"$set": {"metadata.name": name}}
            )

    async def generate_livestream_feed(self, _: str, *, streamer_id: ObjectId, **__: object) -> None:
        """Have the feeds built in which the streamer may appear."""
        keys = await self._feeds.want(streamer_id, now=self._clock())
        await self._jobs.build_feeds_later(keys, after=self._feeds.debounce)

    async def initialize_session_rating(self, _: str, *, session_id: ObjectId, **__: object) -> None:
        """Begin with the rating of the session before, and announce it."""
        owed = self._follow_ups.of(RATING_UPDATED, now=self._clock())
        names = await take_over_rating(session_id, owed=owed)
        if names:
            await self._jobs.follow_ups(str(session_id), names)

    async def notify_viewers_livestream_online(
        self, _: str, *, session_id: ObjectId, preset: str, price: int, **__: object
    ) -> None:
        """Tell those on the session's channel how it is shown."""
        await self._tell_preset(session_id, preset, price)

    async def notify_followers_livestream_online(
        self, _: str, *, session_id: ObjectId, streamer_id: ObjectId, **__: object
    ) -> None:
        """Have a message sent to the devices of the streamer's followers."""
        await self._push.notify_followers(session_id, streamer_id, now=self._clock())

    async def notify_existing_show_goal(
        self, _: str, *, session_id: ObjectId, show_goal_pairs: Sequence[Mapping[str, Any]], **__: object
    ) -> None:
        """Tell the goals that the session has already."""
        for pair in show_goal_pairs:
            await self._channels.publish(presence(session_id), "show_goal.updated", pair)

    async def invalidate_cached_pusher_channel_data(
        self, _: str, *, streamer_id: ObjectId, **__: object
    ) -> None:
        """Have what is known about the streamer's channels found out anew."""
        await self._channels.forget(of_streamer(streamer_id))

    async def cleanup_stale_stream_viewers(self, _: str, *, streamer_id: ObjectId, **__: object) -> None:
        """Remove the marks of viewers who have not been seen for three days."""
        await forget_stale_viewers(streamer_id, seen_after=self._clock() - MARKS_KEPT)

    async def rebuild_livestream_feed(self, _: str, *, streamer_id: ObjectId, **__: object) -> None:
        """Have the session out of the feeds."""
        await self._feeds.want_soon(streamer_id, now=self._clock())

    async def notify_viewers_session_ended(self, _: str, *, session_id: ObjectId, **__: object) -> None:
        """Tell those on the session's channel that it is over."""
        await self._channels.publish(presence(session_id), SESSION_ENDED, {"session_id": str(session_id)})

    async def notify_viewers_preset(
        self, _: str, *, session_id: ObjectId, preset: str, price: int, **__: object
    ) -> None:
        """Tell those on the session's channel that it is shown otherwise."""
        await self._tell_preset(session_id, preset, price)

    async def notify_viewers_rating(self, _: str, *, session_id: ObjectId, **__: object) -> None:
        """Tell those on the session's channel what it is rated now."""
        session = await SessionDocument.get_motor_collection().find_one({"_id": session_id}, {"rating": 1})
        rating = session["rating"] if session else {}
        told = {part: rating.get(part) for part in RATING_PARTS}
        await self._channels.publish(
            presence(session_id), RATING_UPDATED, {"session_id": str(session_id), **told}
        )

    async def _tell_preset(self, session_id: ObjectId, preset: str, price: int) -> None:
        told = {"session_id": str(session_id), "preset": preset, "price": price}
        await self._channels.publish(presence(session_id), f"stream.preset.{preset}", told)
