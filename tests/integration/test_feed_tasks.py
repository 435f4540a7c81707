"""When feeds are built: time is an argument, builders stop, die and meet."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from feed_builders import (
    ASIA,
    GLOBAL,
    NOW,
    SECOND,
    due,
    earns,
    ends,
    goes_live,
    keep_user,
    shown,
    tasks,
    user_id,
    versions,
)
from feed_fixtures import StoppedBuild, begin_build, feeds_of
from game_world import Store

from app.livestream.feeds import Feeds
from app.livestream.signals import FEED_UPDATED, Signals
from app.livestream.trending import TrendingCreators
from app.resources import Resources

pytest_plugins = ["game_fixtures"]

TW, FR = 1, 2
FULL_MINUTE = datetime(2026, 3, 1, 12, 1, tzinfo=UTC)
#: Early in a minute, so that some builds fit into it.
EARLY = FULL_MINUTE + SECOND


@pytest.fixture
def feeds(resources: Resources, store: Store) -> Feeds:  # noqa: ARG001 # they open the database
    """Feeds of the world and of Asia, with a streamer in Taiwan and one in France."""
    keep_user(store, TW, "country:tw", "badge:new")
    keep_user(store, FR, "country:fr")
    return feeds_of()


async def build_due(feeds: Feeds, now: datetime) -> list[str]:
    """Build what is due, as a worker does; which feeds that were."""
    return [key for key in await feeds.due(now) if await feeds.build(key, now=now)]


async def built_by(feeds: Feeds, first: datetime, last: datetime) -> list[tuple[str, int]]:
    """What a worker that looks every second builds, and how many seconds after the first look."""
    seconds = range(int((last - first).total_seconds()) + 1)
    return [(key, second) for second in seconds for key in await build_due(feeds, first + second * SECOND)]


async def stopped(key: str, now: datetime) -> StoppedBuild:
    """A build that stands still."""
    build = await begin_build(key, now)
    assert build is not None
    return build


async def test_20_4_a_streamer_in_taiwan_has_four_feeds_built_after_15_s(feeds: Feeds) -> None:
    """Line 20.4."""
    for second in (0, 3, 9):
        await feeds.want(user_id(TW), now=EARLY + second * SECOND)

    built = await built_by(feeds, EARLY, EARLY + 58 * SECOND)

    assert sorted(built) == [("asia", 15), ("asia-filtered", 15), ("global", 15), ("global-filtered", 15)]


async def test_20_4_a_streamer_in_france_has_two(feeds: Feeds) -> None:
    """Line 20.4."""
    await feeds.want(user_id(FR), now=EARLY)

    built = await built_by(feeds, EARLY, EARLY + 58 * SECOND)

    assert sorted(built) == [("global", 15), ("global-filtered", 15)]


async def test_a_streamer_nobody_has_told_of_is_the_worlds(feeds: Feeds, store: Store) -> None:
    await feeds.want(user_id(99), now=NOW)

    assert sorted(due(store)) == ["global", "global-filtered"]


async def test_a_second_start_in_a_minute_with_a_build_waits_for_the_next(feeds: Feeds, store: Store) -> None:
    await feeds.want(user_id(FR), now=EARLY)
    await build_due(feeds, EARLY + 15 * SECOND)

    await feeds.want(user_id(FR), now=EARLY + 20 * SECOND)

    assert due(store)["global"] == FULL_MINUTE + timedelta(minutes=1)


async def test_a_start_late_in_a_minute_with_a_build_has_its_whole_pause(feeds: Feeds, store: Store) -> None:
    await feeds.want(user_id(FR), now=EARLY)
    await build_due(feeds, EARLY + 15 * SECOND)

    await feeds.want(user_id(FR), now=EARLY + 50 * SECOND)

    assert due(store)["global"] == EARLY + 65 * SECOND


async def test_many_starts_at_once_are_all_counted(feeds: Feeds, store: Store) -> None:
    await asyncio.gather(*(feeds.want(user_id(TW), now=NOW) for _ in range(40)))

    assert {key: task["wanted"] for key, task in tasks(store).items()} == {
        "asia": 40,
        "asia-filtered": 40,
        "global": 40,
        "global-filtered": 40,
    }


async def test_a_clock_that_was_set_back_puts_no_build_off_for_long(feeds: Feeds, store: Store) -> None:
    await feeds.want(user_id(FR), now=NOW)
    await build_due(feeds, NOW + 15 * SECOND)
    earlier = NOW - timedelta(hours=1)

    await feeds.want(user_id(FR), now=earlier)

    assert due(store)["global"] == earlier + timedelta(minutes=1)


async def test_a_build_begun_by_a_clock_ahead_is_not_waited_for(feeds: Feeds) -> None:
    await feeds.want(user_id(FR), now=NOW)
    build = await stopped("global", NOW + timedelta(hours=1))

    await build.die()

    assert "global" in await feeds.due(NOW)


async def test_a_change_during_a_build_is_built_afterwards(feeds: Feeds, store: Store) -> None:
    goes_live(store, TW)
    await feeds.want(user_id(TW), now=NOW)
    build = await stopped("global", NOW + 15 * SECOND)

    await feeds.want(user_id(TW), now=NOW + 16 * SECOND)
    await build.go_on()

    task = tasks(store)["global"]
    assert (task["wanted"], task["built"]) == (2, 1)
    assert task["due_at"] == NOW + 31 * SECOND


async def test_two_builders_at_once_build_a_feed_once(feeds: Feeds, store: Store) -> None:
    await feeds.want(user_id(FR), now=NOW)
    later = NOW + 15 * SECOND

    built = await asyncio.gather(*(feeds_of().build("global", now=later) for _ in range(8)))

    assert sorted(built) == [False] * 7 + [True]
    assert versions(store) == [1]


async def test_nothing_is_built_before_its_time(feeds: Feeds, store: Store) -> None:
    await feeds.want(user_id(FR), now=NOW)

    assert not await feeds.build("global", now=NOW + 14 * SECOND)
    assert versions(store) == []


async def test_a_build_whose_worker_died_is_begun_again(feeds: Feeds, store: Store) -> None:
    goes_live(store, FR)
    await feeds.want(user_id(FR), now=NOW)
    build = await stopped("global", NOW + 15 * SECOND)

    await build.die()

    assert await feeds.due(NOW + 19 * SECOND) == ["global-filtered"]
    assert await feeds.build("global", now=NOW + 20 * SECOND)
    assert shown(store) == [FR]


async def test_a_slow_builder_does_not_hide_a_newer_feed(feeds: Feeds, store: Store) -> None:
    await feeds.want(user_id(FR), now=NOW)
    slow = await stopped("global", NOW + 15 * SECOND)
    goes_live(store, FR)
    await feeds.build("global", now=NOW + 30 * SECOND)
    ends(store, FR)

    await slow.go_on()

    assert shown(store) == [FR]
    assert versions(store) == [1, 2]


async def test_a_slow_builder_does_not_pass_off_what_it_has_not_seen_as_built(
    feeds: Feeds, store: Store
) -> None:
    await feeds.want(user_id(FR), now=NOW)
    slow = await stopped("global", NOW + 15 * SECOND)
    await feeds.want(user_id(FR), now=NOW + 17 * SECOND)
    other = await stopped("global", FULL_MINUTE)

    await slow.go_on()
    await other.die()

    task = tasks(store)["global"]
    assert (task["wanted"], task["built"]) == (2, 1)
    assert "global" in await feeds.due(FULL_MINUTE + 5 * SECOND)


async def test_builders_that_are_all_slow_come_to_an_end(feeds: Feeds, store: Store) -> None:
    await feeds.want(user_id(FR), now=NOW)
    builds = [await stopped("global", NOW + (15 + 5 * number) * SECOND) for number in range(3)]

    await builds[0].go_on()

    assert tasks(store)["global"]["building_until"] is None
    for build in builds[1:]:
        await build.die()


async def test_a_feed_is_kept_while_it_is_the_newest_and_goes_some_time_later(
    feeds: Feeds, store: Store
) -> None:
    for minute in range(3):
        at = NOW + timedelta(minutes=minute)
        await feeds.want(user_id(FR), now=at)
        await feeds.build("global", now=at + timedelta(seconds=30))

    found = store["feeds"].find({"aliases": GLOBAL}).sort("version")
    assert [feed["expires_at"] for feed in found] == [
        NOW + timedelta(minutes=11, seconds=30),
        NOW + timedelta(minutes=12, seconds=30),
        None,
    ]


async def test_the_database_removes_what_has_expired(feeds: Feeds, store: Store) -> None:  # noqa: ARG001
    index = store["feeds"].index_information()["followed_by_another"]

    assert (index["key"], index["expireAfterSeconds"]) == ([("expires_at", 1)], 0)


async def test_a_feed_that_is_no_longer_configured_is_not_built(feeds: Feeds, store: Store) -> None:
    await feeds.want(user_id(FR), now=NOW)
    store["feed_tasks"].insert_one({**tasks(store)["global"], "_id": "atlantis"})

    assert await feeds.due(NOW + 15 * SECOND) == ["global", "global-filtered"]


async def test_an_ended_session_is_out_of_every_feed_within_20_s(feeds: Feeds, store: Store) -> None:
    goes_live(store, TW, "country:tw")
    goes_live(store, FR, "country:fr")
    await feeds.want(user_id(TW), now=EARLY)
    await build_due(feeds, EARLY + 15 * SECOND)
    at = EARLY + 17 * SECOND
    ends(store, TW)

    await feeds.want_soon(user_id(TW), now=at)
    built = await built_by(feeds, at, at + 15 * SECOND)

    # Those for which caches keep an answer come on top of these.
    assert {second for _, second in built} == {8}
    assert [shown(store, alias) for alias in (GLOBAL, ASIA, f"{GLOBAL}-filtered")] == [[FR], [], [FR]]


async def test_a_session_that_ends_while_a_build_goes_on_is_out_soon(feeds: Feeds, store: Store) -> None:
    goes_live(store, FR)
    await feeds.want(user_id(FR), now=NOW)
    build = await stopped("global", NOW + 15 * SECOND)

    await feeds.want_soon(user_id(FR), now=NOW + 16 * SECOND)
    await build.go_on()

    assert due(store)["global"] == NOW + 24 * SECOND


async def test_an_ended_session_is_out_of_feeds_of_countries_its_streamer_has_left(
    feeds: Feeds, store: Store
) -> None:
    goes_live(store, TW, "country:tw")
    await feeds.want(user_id(TW), now=NOW)
    await build_due(feeds, NOW + 15 * SECOND)
    keep_user(store, TW, "country:fr")

    await feeds.want_soon(user_id(TW), now=NOW + 20 * SECOND)

    assert due(store)["asia"] == NOW + 28 * SECOND


async def test_a_session_that_no_feed_shows_ends_without_a_build(feeds: Feeds, store: Store) -> None:
    await feeds.want(user_id(FR), now=NOW)
    await build_due(feeds, NOW + 15 * SECOND)

    await feeds.want_soon(user_id(FR), now=NOW + 20 * SECOND)

    assert set(due(store).values()) == {None}


async def test_an_end_does_not_put_off_what_is_due_earlier(feeds: Feeds, store: Store) -> None:
    goes_live(store, FR)
    await feeds.want(user_id(FR), now=EARLY)
    await build_due(feeds, EARLY + 15 * SECOND)
    await feeds.want(user_id(FR), now=EARLY + 40 * SECOND)

    await feeds.want_soon(user_id(FR), now=EARLY + 55 * SECOND)

    assert due(store)["global"] == FULL_MINUTE + timedelta(minutes=1)


class Listener:
    """Hears of feeds, or fails to."""

    def __init__(self, signals: Signals) -> None:
        self.heard: list[str] = []
        self.fails = False
        signals.feed.connect(self._hear, sender=FEED_UPDATED, weak=False)

    async def _hear(self, _: str, *, aliases: tuple[str, ...]) -> None:
        if self.fails:
            raise ConnectionError
        self.heard += aliases


async def test_a_feed_that_has_been_built_is_announced_once_by_its_aliases(feeds: Feeds) -> None:
    signals = Signals()
    listener = Listener(signals)
    await feeds.want(user_id(FR), now=NOW)
    later = NOW + 15 * SECOND
    await feeds.build("global", now=later)

    await asyncio.gather(*(feeds_of(signals=signals).tell("global", now=later) for _ in range(4)))

    assert listener.heard == ["user_livestream-global", "user_livestream_most_recent-global"]
    assert await feeds.untold(later + timedelta(hours=1)) == []


async def test_an_announcement_that_failed_is_tried_again(feeds: Feeds) -> None:
    signals = Signals()
    listener = Listener(signals)
    teller = feeds_of(signals=signals)
    await feeds.want(user_id(FR), now=NOW)
    later = NOW + 15 * SECOND
    await feeds.build("global", now=later)
    listener.fails = True
    with pytest.raises(ConnectionError):
        await teller.tell("global", now=later)
    listener.fails = False

    assert await feeds.untold(later + 9 * SECOND) == []
    assert await feeds.untold(later + 10 * SECOND) == ["global"]
    await teller.tell("global", now=later + 10 * SECOND)
    assert len(listener.heard) == 2


async def test_who_is_trending_is_asked_once_a_minute(feeds: Feeds, store: Store) -> None:  # noqa: ARG001
    trending = TrendingCreators()
    earns(store, FR, 5)
    first = await trending.read(NOW)
    earns(store, TW, 9)

    asked = [list(await trending.read(NOW + second * SECOND)) for second in (0, 59, 60)]

    assert asked == [first, first, [user_id(FR), user_id(TW)]]
