"""The livestream domain put together."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

from httpx import AsyncClient

from app.clients.fcm import FcmClient
from app.clients.pusher import PusherClient
from app.jobs import Jobs
from app.kit.service_account import ServiceAccount, service_account
from app.livestream.channels import Channels, Streams
from app.livestream.feed_announcements import FeedAnnouncements
from app.livestream.feeds import FeedRules, Feeds
from app.livestream.follow_ups import FollowUps
from app.livestream.push import PushNotifications
from app.livestream.receivers import Receivers
from app.livestream.rules.groupings import Groupings, read_regions
from app.livestream.sessions import Sessions
from app.livestream.signals import Signals
from app.livestream.trending import TrendingCreators
from app.settings import Settings
from app.streams.connection import open_streams
from app.streams.fanout import Fanout
from app.streams.recent import RecentEvents
from app.streams.remembered import Remembered


@dataclass(frozen=True, slots=True)
class Livestream:
    """The acts of the livestream domain that live as long as the process."""

    signals: Signals
    follow_ups: FollowUps
    sessions: Sessions
    channels: Channels
    pusher: PusherClient
    push: PushNotifications
    feeds: Feeds


@asynccontextmanager
async def open_livestream(settings: Settings, jobs: Jobs, http: AsyncClient) -> AsyncIterator[Livestream]:
    """The acts of the domain; on exit every subscription is ended."""
    pusher = PusherClient(settings.pusher_url, http)
    push = PushNotifications(FcmClient(settings.fcm_url, _service_account(settings), http), jobs.send_pushes)
    async with _open_channels(settings, pusher, jobs) as channels:
        signals = Signals()
        follow_ups = FollowUps(signals)
        feeds = Feeds(_feed_rules(settings), TrendingCreators(), signals)
        Receivers(follow_ups, jobs, channels, push, feeds).connect(signals)
        FeedAnnouncements(channels).connect(signals)
        yield Livestream(
            signals=signals,
            follow_ups=follow_ups,
            sessions=Sessions(follow_ups, jobs, price_sd=settings.session_price_sd),
            channels=channels,
            pusher=pusher,
            push=push,
            feeds=feeds,
        )


@asynccontextmanager
async def _open_channels(settings: Settings, pusher: PusherClient, jobs: Jobs) -> AsyncIterator[Channels]:
    redis = open_streams(settings.redis_url)
    recent = RecentEvents(redis)
    channels = Channels(Streams(recent, Remembered(redis), Fanout(redis, recent)), pusher, jobs)
    try:
        yield channels
    finally:
        await channels.aclose()
        await redis.aclose()


def _feed_rules(settings: Settings) -> FeedRules:
    return FeedRules(
        groupings=Groupings(read_regions(settings.feed_groupings)),
        debounce=timedelta(seconds=settings.feed_debounce_seconds),
        excluded_tags=tuple(tag for tag in settings.feed_exclude_tags.split(",") if tag),
    )


def _service_account(settings: Settings) -> ServiceAccount | None:
    key_file = settings.fcm_credentials
    return None if key_file is None else service_account(key_file.read_bytes())
