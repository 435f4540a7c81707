"""Channels between processes: what is told is heard in order, once, and again by those who come back."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from channel_store import LivestreamStore
from conftest import SettingsFactory
from pusher_stand_in import Mood, PusherStandIn, Told
from redis.asyncio import Redis

from app.clients.pusher import PusherAway
from app.livestream.channels import Channels
from app.livestream.rules.channel_names import Channel, ChannelKind, feed, of_streamer, presence, read_channel
from app.livestream.rules.subscribing import Known, SessionFacts, may_subscribe
from app.resources import Resources, open_resources
from app.settings import Settings
from app.streams.errors import ChannelsAway, TooManySubscribers
from app.streams.events import KEPT, START, Event, events_since
from app.streams.fanout import Fanout
from app.streams.listener import MOST_WAITING
from app.streams.recent import RecentEvents
from app.streams.remembered import Remembered
from app.streams.subscription import Subscription
from app.workers.channels import authorize

pytest_plugins = ["channel_fixtures"]

FEED = Channel(ChannelKind.FEED, "user_livestream-global")
NOW = datetime(2030, 1, 1, tzinfo=UTC)
USER, OTHER = "a" * 24, "b" * 24


@pytest.fixture
def settings(settings_for: SettingsFactory, pusher: PusherStandIn) -> Settings:
    return settings_for(pusher_url=pusher.url)


@pytest.fixture
def channels(resources: Resources) -> Channels:
    return resources.livestream.channels


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    async with Redis.from_url(redis_url) as opened:
        yield opened


async def heard(subscription: Subscription, count: int) -> list[tuple[str, str]]:
    """The next events, by name and data."""
    events = [await subscription.next(within_s=5) for _ in range(count)]
    return [(event.name, event.data) for event in events if event is not None]


async def tell(channels: Channels, count: int, *, begin: int = 0) -> None:
    for number in range(begin, begin + count):
        await channels.publish(FEED.name, "updated", number)


def numbers(begin: int, end: int) -> list[tuple[str, str]]:
    return [("updated", str(number)) for number in range(begin, end)]


async def test_every_subscriber_hears_every_event_in_order(channels: Channels) -> None:
    one, two = await channels.subscribe(FEED), await channels.subscribe(FEED)
    await tell(channels, 5)

    assert await heard(one, 5) == await heard(two, 5) == numbers(0, 5)


async def test_a_subscriber_hears_what_another_process_tells(channels: Channels, settings: Settings) -> None:
    subscription = await channels.subscribe(FEED)
    async with open_resources(settings) as other:
        await tell(other.livestream.channels, 1)

        assert await heard(subscription, 1) == numbers(0, 1)


async def test_a_subscriber_hears_nothing_of_other_channels(channels: Channels) -> None:
    subscription = await channels.subscribe(FEED)
    await channels.publish(feed("another"), "updated", {})
    await tell(channels, 1)

    assert await heard(subscription, 1) == numbers(0, 1)


async def test_a_subscription_opens_with_the_place_it_begins_at(channels: Channels) -> None:
    await tell(channels, 1)
    first = await channels.subscribe(FEED)
    (opening,) = first.opening
    await tell(channels, 1, begin=1)
    second = await channels.subscribe(FEED, after=opening.id)

    assert opening.name == "subscribed"
    assert [event.data for event in second.opening[1:]] == ["1"]


async def test_who_comes_back_gets_what_was_missed_before_what_is_new(channels: Channels) -> None:
    subscription = await channels.subscribe(FEED)
    await tell(channels, 1)
    last = await subscription.next(within_s=5)
    assert last is not None
    subscription.close()
    await tell(channels, 3, begin=1)
    again = await channels.subscribe(FEED, after=last.id)
    await tell(channels, 1, begin=4)

    assert [(event.name, event.data) for event in again.opening[1:]] == numbers(1, 4)
    assert await heard(again, 1) == numbers(4, 5)


async def test_who_comes_back_while_much_is_told_hears_each_event_once(channels: Channels) -> None:
    subscription = await channels.subscribe(FEED)
    await tell(channels, 1)
    last = await subscription.next(within_s=5)
    assert last is not None
    telling = asyncio.create_task(tell(channels, 60, begin=1))
    got: list[tuple[str, str]] = []
    while len(got) < 60:
        again = await channels.subscribe(FEED, after=last.id)
        said = again.opening[1:] + [event for event in [await again.next(within_s=5)] if event]
        again.close()
        got += [(event.name, event.data) for event in said]
        last = said[-1]
    await telling

    assert got == numbers(1, 61)


async def test_who_was_away_for_more_than_is_kept_is_told_to_begin_anew(channels: Channels) -> None:
    subscription = await channels.subscribe(FEED)
    await tell(channels, 1)
    first = await subscription.next(within_s=5)
    assert first is not None
    subscription.close()
    await tell(channels, KEPT, begin=1)
    again = await channels.subscribe(FEED, after=first.id)

    assert [event.name for event in again.opening] == ["subscribed", "reset"]


async def test_who_comes_back_after_redis_lost_everything_is_told_to_begin_anew(
    channels: Channels, redis: Redis
) -> None:
    subscription = await channels.subscribe(FEED)
    await tell(channels, 1)
    last = await subscription.next(within_s=5)
    assert last is not None
    await redis.flushall()
    again = await channels.subscribe(FEED, after=last.id)

    assert [event.name for event in again.opening] == ["subscribed", "reset"]


async def test_nothing_is_missed_when_the_connection_is_cut(channels: Channels, redis: Redis) -> None:
    subscription = await channels.subscribe(FEED)
    await tell(channels, 1)
    assert await heard(subscription, 1) == numbers(0, 1)
    await redis.client_kill_filter(_type="pubsub")
    await tell(channels, 3, begin=1)

    assert await heard(subscription, 3) == numbers(1, 4)


async def test_a_slow_subscriber_is_cut_off_and_the_others_are_not(channels: Channels) -> None:
    slow, quick = await channels.subscribe(FEED), await channels.subscribe(FEED)
    for number in range(MOST_WAITING + 1):
        await tell(channels, 1, begin=number)
        assert await heard(quick, 1) == numbers(number, number + 1)

    assert await slow.next(within_s=5) is None


async def test_a_channel_that_nobody_listens_to_any_more_is_not_heard(
    channels: Channels, redis: Redis
) -> None:
    other = await channels.subscribe(Channel(ChannelKind.FEED, "other"))
    (await channels.subscribe(FEED)).close()
    await channels.publish(feed("other"), "updated", 0)
    await heard(other, 1)

    async with asyncio.timeout(5):
        while await redis.pubsub_channels("laurel:channel:*") != [b"laurel:channel:{feed@other}:events"]:  # noqa: ASYNC110 # nothing tells of it
            await asyncio.sleep(0.01)


async def test_there_is_room_for_so_many_subscribers_and_no_more(
    channels: Channels, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.streams.fanout.MOST_LISTENERS", 1)
    first = await channels.subscribe(FEED)
    with pytest.raises(TooManySubscribers):
        await channels.subscribe(FEED)
    first.close()

    (await channels.subscribe(FEED)).close()


async def test_without_redis_nobody_subscribes_and_nothing_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.streams.fanout.HEARD_WITHIN_S", 0.1)
    redis = Redis.from_url("redis://127.0.0.1:1")
    recent = RecentEvents(redis)
    fanout = Fanout(redis, recent)

    with pytest.raises(ChannelsAway):
        await recent.tell(FEED.name, "updated", "{}")
    with pytest.raises(ChannelsAway):
        await fanout.join(FEED.name)
    await fanout.aclose()
    await redis.aclose()


async def test_closing_ends_every_subscription(channels: Channels) -> None:
    subscription = await channels.subscribe(FEED)
    await channels.aclose()

    assert await subscription.next(within_s=5) is None


async def test_an_event_reaches_a_pusher_server_signed(channels: Channels, pusher: PusherStandIn) -> None:
    await channels.publish(presence(USER), "stream.preset.sd", {"price": 3, "name": "Ünï ☃"})

    assert pusher.refused == []
    assert pusher.told == [
        Told([f"presence-session@{USER}"], "stream.preset.sd", {"price": 3, "name": "Ünï ☃"})
    ]


@pytest.mark.parametrize("mood", [Mood.BROKEN, Mood.ELSEWHERE, Mood.CUT])
async def test_while_the_pusher_server_is_away_publishing_fails_and_own_subscribers_hear_it_once(
    channels: Channels, pusher: PusherStandIn, mood: Mood
) -> None:
    subscription = await channels.subscribe(FEED)
    pusher.mood = mood
    for _ in range(3):
        with pytest.raises(PusherAway):
            await tell(channels, 1)
    pusher.mood = Mood.WELL
    await tell(channels, 1)
    await tell(channels, 1, begin=1)

    assert await heard(subscription, 2) == numbers(0, 2)
    assert [told.data for told in pusher.told] == [0, 1]


async def test_an_event_told_twice_is_heard_twice(channels: Channels) -> None:
    subscription = await channels.subscribe(FEED)
    await tell(channels, 1)
    await tell(channels, 1)

    assert await heard(subscription, 2) == numbers(0, 1) * 2


async def test_a_streamers_channels_say_which_session_is_on_as_soon_as_they_are_forgotten(
    channels: Channels, backstage: LivestreamStore
) -> None:
    stream = Channel(ChannelKind.STREAM, USER)
    (before,) = (await channels.subscribe(stream)).opening
    session_id = backstage.session(USER)
    (remembered,) = (await channels.subscribe(stream)).opening
    await channels.forget(of_streamer(USER))
    (after,) = (await channels.subscribe(stream)).opening

    assert before.data == remembered.data == f'{{"channel":"{stream.name}","session_id":null}}'
    assert after.data == f'{{"channel":"{stream.name}","session_id":"{session_id}"}}'


async def test_forgetting_has_a_worker_find_out_anew(
    resources: Resources, channels: Channels, redis: Redis, backstage: LivestreamStore
) -> None:
    session_id = backstage.session(USER)
    await channels.forget(of_streamer(USER))
    jobs = await resources.queue.queued_jobs()
    for job in jobs:
        await authorize({"resources": resources}, *job.args)

    assert sorted(job.args[0] for job in jobs) == sorted(of_streamer(USER))
    for name in of_streamer(USER):
        assert session_id.encode() in await redis.get(f"laurel:channel:{{{name}}}:remembered")


async def test_what_was_found_out_before_it_was_dropped_is_not_remembered(
    settings_for: SettingsFactory, redis: Redis
) -> None:
    settings_for()  # a clean Redis
    remembered = Remembered(redis)

    async def find_out() -> bytes:
        await remembered.forget([FEED.name])
        return b"old"

    async def find_out_anew() -> bytes:
        return b"new"

    assert await remembered.recall(FEED.name, find_out) == b"old"
    assert await remembered.recall(FEED.name, find_out_anew) == b"new"


def event(number: int) -> Event:
    return Event(f"{number}-0", "updated", str(number))


@pytest.mark.parametrize(
    ("kept", "last", "missed"),
    [
        ([1, 2, 3], "1-0", [2, 3]),
        ([1, 2, 3], "3-0", []),
        ([], START, []),
        ([1, 2], START, [1, 2]),
        ([1, 2], "0-5", None),
        ([1, 2], "2-1", None),
        ([], "2-0", None),
        (list(range(1, KEPT + 1)), START, None),
    ],
)
def test_what_was_missed(kept: list[int], last: str, missed: list[int] | None) -> None:
    recent = [event(number) for number in kept]
    newest = recent[-1].id if recent else START
    expected = [Event.reset(newest)] if missed is None else [event(number) for number in missed]

    assert events_since(recent, last) == expected


LIVE = SessionFacts(NOW - timedelta(hours=2), active=True)
OVER = SessionFacts(NOW - timedelta(hours=2), active=False, ended_at=NOW - timedelta(minutes=59))
LONG_OVER = SessionFacts(NOW - timedelta(hours=2), active=False, ended_at=NOW - timedelta(minutes=60))
SEEN = NOW - timedelta(minutes=1)
SEEN_BEFORE = NOW - timedelta(hours=3)


@pytest.mark.parametrize(
    ("name", "known", "own", "other", "nobody"),
    [
        ("presence-session", Known(LIVE), True, True, False),
        ("presence-session", Known(OVER), True, True, False),
        ("presence-session", Known(LONG_OVER), False, False, False),
        ("presence-session", Known(), False, False, False),
        ("private-user", Known(LIVE, SEEN), True, False, False),
        ("private-enc-user", Known(LIVE, SEEN), True, False, False),
        ("private-stream", Known(LIVE, SEEN), True, True, False),
        ("private-enc-stream", Known(LIVE, SEEN), True, True, False),
        ("private-stream", Known(LIVE, SEEN_BEFORE), True, False, False),
        ("private-stream", Known(OVER, SEEN), True, False, False),
        ("private-stream", Known(None, SEEN), True, False, False),
        ("private-stream", Known(LIVE), True, False, False),
        ("feed", Known(), True, True, True),
    ],
)
def test_who_may_subscribe(name: str, known: Known, own: bool, other: bool, nobody: bool) -> None:  # noqa: FBT001 # a table
    channel = read_channel(f"{name}@{USER}")

    assert [may_subscribe(channel, account, known, now=NOW) for account in (USER, OTHER, None)] == [
        own,
        other,
        nobody,
    ]


@pytest.mark.parametrize(
    "name",
    ["", "feed", "feed@", "feed@a b", "feed@a:b", "presence-session@1", f"presence-session@{USER}\n",
     f"presence-stream@{USER}", f"private-enc-session@{USER}", f"private-user@{USER.upper()}",
     "feed@" + "a" * 65],
)  # fmt: skip
def test_a_name_that_is_no_channels_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="not the name of a channel"):
        read_channel(name)
