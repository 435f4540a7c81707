"""Feeds over HTTP, from a session's start to what a reader sees."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from bson import ObjectId
from conftest import SettingsFactory
from feed_builders import ASIA, GLOBAL, earns, tasks
from feed_builders import goes_live as stored_live
from game_world import Json, Store, account, problem_of
from livestream_world import Live, work_off
from redis import Redis
from workers import run_jobs

from app.kit.clock import utc_now
from app.livestream.feeds import Feeds
from app.livestream.rules.channel_names import feed, read_channel
from app.resources import Resources, open_resources
from app.settings import Settings
from app.workers.feeds import sweep_feeds

pytest_plugins = ["game_fixtures", "livestream_fixtures"]

AFTER_THE_PAUSE = timedelta(seconds=16)


async def build(api: Any, *, after: timedelta = AFTER_THE_PAUSE) -> None:
    """Do what workers do in that time."""
    livestream = api.state.resources.livestream
    await work_off(livestream.follow_ups)
    await build_due(livestream.feeds, utc_now() + after)


async def build_due(feeds: Feeds, now: datetime) -> None:
    for key in await feeds.due(now):
        await feeds.build(key, now=now)


async def read(live: Live, alias: str = GLOBAL, **page: Any) -> list[Json]:
    """A page of a feed, as anybody reads it."""
    answer = await live.http.get(f"/feeds/{alias}", params=page)
    assert answer.status_code == 200, answer.text
    return list(answer.json())


async def users(live: Live, alias: str = GLOBAL, **page: Any) -> list[int]:
    """Who is in a page of a feed, by number."""
    return [int(item["id"], 16) for item in await read(live, alias, **page)]


async def goes_live(live: Live, number: int, *tags: str, **changes: Any) -> Json:
    """A user's session, begun and shown."""
    await live.tell_user(number, *tags, biography=f"I am {number}")
    session = await live.start(await live.open(number))
    return await live.change(session, **changes) if changes else session


def keep_feed(store: Store, users_in_it: int, alias: str = GLOBAL, version: int = 1) -> ObjectId:
    """A feed of so many users, stored."""
    feed_id = ObjectId()
    items = [an_item(number) for number in range(1, users_in_it + 1)]
    row = {"_id": feed_id, "aliases": [alias], "region_group": "global", "filtered": True}
    store["feeds"].insert_one({**row, "version": version, "generated_at": utc_now(), "items": items})
    return feed_id


def an_item(number: int) -> Json:
    metadata = {
        "preset": "sd",
        "goal": [],
        "revenue": 0,
        "viewers": 0,
        "started": None,
        "trending_ranking": -1,
        "current_rating": 0,
        "s_score": 0,
    }
    return {
        "id": ObjectId(account(number)),
        "username": "",
        "biography": "",
        "badges": [],
        "metadata": metadata,
        "__priority__": None,
        "_cls": "UserFeedItem",
    }


async def test_20_4_starts_of_one_minute_lead_to_one_build_of_four_feeds(
    live: Live, api: Any, store: Store
) -> None:
    """Line 20.4."""
    for number in (1, 2, 3):
        await goes_live(live, number, "country:tw")
    await work_off(api.state.resources.livestream.follow_ups)
    now = utc_now()
    due_in = [(task["due_at"] - now).total_seconds() for task in tasks(store).values()]

    await build(api)

    assert sorted(tasks(store)) == ["asia", "asia-filtered", "global", "global-filtered"]
    assert all(10 < seconds <= 15 for seconds in due_in)
    assert store["feeds"].count_documents({}) == 4
    assert sorted(await users(live, f"{ASIA}-filtered")) == [1, 2, 3]


async def test_20_4_a_start_in_france_leads_to_two_builds(live: Live, api: Any, store: Store) -> None:
    """Line 20.4."""
    await goes_live(live, 1, "country:fr")

    await build(api)

    assert sorted(tasks(store)) == ["global", "global-filtered"]
    assert store["feeds"].count_documents({}) == 2
    assert await users(live, ASIA) == []


async def test_20_5_a_user_hidden_in_a_region_is_in_one_of_its_feeds(live: Live, api: Any) -> None:
    """Line 20.5."""
    await goes_live(live, 1, "country:tw", "hidden:region-group:asia")

    await build(api)

    assert await users(live, "user_livestream-asia") == [1]
    assert await users(live, "user_livestream-asia-filtered") == []
    assert await users(live, "user_livestream-global-filtered") == [1]


async def test_20_6_priority_tags_decide_the_order_whatever_the_starts(live: Live, api: Any) -> None:
    """Line 20.6."""
    await goes_live(live, 1, "feed:user_livestream-global:5")
    await goes_live(live, 2, "feed:user_livestream-global:1")
    await goes_live(live, 3)

    await build(api)

    assert await users(live) == [2, 1, 3]


@pytest.mark.parametrize(("count", "told", "score"), [(12, 0, 0), (25, 4.6, 184)])
async def test_20_7_a_rating_counts_from_twenty_on(
    live: Live, api: Any, count: int, told: float, score: float
) -> None:
    """Line 20.7."""
    await goes_live(live, 1, rating={"current": 4.6, "current_count": count}, viewer_count=40)

    await build(api)

    (item,) = await read(live)
    assert (item["metadata"]["current_rating"], item["metadata"]["s_score"]) == (told, score)


async def test_a_reader_sees_all_of_an_item(live: Live, api: Any) -> None:
    session = await goes_live(
        live, 1, "badge:new", "country:tw", preset="sd", show_goal_pairs=[{"goal": 5}], viewer_count=3
    )

    await build(api)

    assert await read(live) == [
        {
            "id": account(1),
            "username": "user-1",
            "biography": "I am 1",
            "badges": ["badge:new"],
            "metadata": {
                "preset": "sd",
                "goal": [{"goal": 5}],
                "revenue": 0,
                "viewers": 3,
                "started": session["statuses"]["started"],
                "trending_ranking": -1,
                "current_rating": 0,
                "s_score": 0,
            },
            "__priority__": None,
            "_cls": "UserFeedItem",
        }
    ]


async def test_who_earned_more_lately_comes_first(live: Live, api: Any, store: Store) -> None:
    for number, revenue in {1: 10, 2: 30, 3: 20}.items():
        await goes_live(live, number)
        earns(store, number, revenue)
    store["earnings"].update_many({}, {"$set": {"time": utc_now()}})

    await build(api)

    items = await read(live)
    assert [(item["metadata"]["revenue"], item["metadata"]["trending_ranking"]) for item in items] == [
        (30, 2),
        (20, 1),
        (10, 0),
    ]


async def test_an_ended_session_is_gone_within_20_s(live: Live, api: Any) -> None:
    session = await goes_live(live, 1, "country:tw")
    await build(api)
    assert await users(live) == [1]

    await live.end(session)
    await build(api, after=timedelta(seconds=14))  # and answers are kept for 5 s

    assert [await users(live, alias) for alias in (GLOBAL, ASIA, f"{ASIA}-filtered")] == [[], [], []]


async def test_a_flushed_redis_loses_no_feed_that_was_wanted(live: Live, api: Any, redis_url: str) -> None:
    await goes_live(live, 1)
    await work_off(api.state.resources.livestream.follow_ups)
    with Redis.from_url(redis_url) as redis:
        redis.flushall()

    await build(api)

    assert await users(live) == [1]


async def test_a_page_says_where_it_stands(live: Live, store: Store) -> None:
    keep_feed(store, 40)

    answer = await live.http.get(f"/feeds/{GLOBAL}", params={"page": 2, "limit": 15})

    assert [int(item["id"], 16) for item in answer.json()] == list(range(16, 31))
    assert answer.headers["x-total-count"] == "40"
    assert answer.headers["cache-control"] == "public, max-age=5"
    assert answer.headers["link"] == ", ".join(
        f'</feeds/{GLOBAL}?page={page}&limit=15>; rel="{rel}"'
        for rel, page in (("first", 1), ("prev", 1), ("next", 3), ("last", 3))
    )


async def test_a_page_has_twenty_items_unless_asked_otherwise(live: Live, store: Store) -> None:
    keep_feed(store, 40)

    assert await users(live) == list(range(1, 21))


async def test_behind_the_last_page_there_is_nothing(live: Live, store: Store) -> None:
    keep_feed(store, 3)

    assert await users(live, page=1_000_000, limit=100) == []


async def test_the_newest_feed_is_read(live: Live, store: Store) -> None:
    keep_feed(store, 2, version=10)
    keep_feed(store, 1, version=9)

    assert await users(live) == [1, 2]


async def test_both_aliases_of_a_feed_show_the_same(live: Live, api: Any) -> None:
    await goes_live(live, 1, "country:tw")

    await build(api)

    assert await read(live, "user_livestream_most_recent-asia") == await read(live, "user_livestream-asia")


async def test_a_feed_that_was_never_built_is_empty(live: Live) -> None:
    answer = await live.http.get(f"/feeds/{GLOBAL}")

    assert (answer.status_code, answer.json()) == (200, [])
    assert answer.headers["x-total-count"] == "0"


async def test_a_reader_who_has_the_feed_is_told_so(live: Live, store: Store) -> None:
    keep_feed(store, 3)
    etag = (await live.http.get(f"/feeds/{GLOBAL}")).headers["etag"]

    for known in (etag, f"W/{etag}", f'"other", {etag}', "*"):
        answer = await live.http.get(f"/feeds/{GLOBAL}", headers={"If-None-Match": known})
        assert (answer.status_code, answer.content) == (304, b"")
        assert answer.headers["etag"] == etag
        assert answer.headers["cache-control"] == "public, max-age=5"


async def test_a_reader_of_an_older_feed_gets_the_newer(live: Live, store: Store) -> None:
    keep_feed(store, 3)
    first = await live.http.get(f"/feeds/{GLOBAL}")
    keep_feed(store, 1, version=2)

    headers = {"If-None-Match": first.headers["etag"]}
    second = await live.http.get(f"/feeds/{GLOBAL}", headers=headers)

    assert (second.status_code, len(second.json())) == (200, 1)


async def test_an_alias_that_is_not_configured_is_unknown(live: Live) -> None:
    aliases = ["nobody", "user_livestream-atlantis", "user_livestream", "global", "a" * 64]

    answers = [problem_of(await live.http.get(f"/feeds/{alias}")) for alias in aliases]

    assert answers == [(404, "unknown-feed")] * len(aliases)


@pytest.fixture
def hasty(settings_for: SettingsFactory) -> Settings:
    """Settings with which nothing is gathered."""
    return settings_for(feed_debounce_seconds=0)


async def test_a_worker_builds_what_is_wanted_and_tells_listeners(hasty: Settings) -> None:
    async with open_resources(hasty) as resources:
        livestream = resources.livestream
        listening = await livestream.channels.subscribe(read_channel(feed(GLOBAL)))
        await livestream.feeds.want(ObjectId(), now=utc_now())

        await work(resources)

        event = await listening.next(within_s=5)
        assert event is not None
        assert event.name == "updated"
        assert await livestream.feeds.due(utc_now()) == []
        assert await livestream.feeds.untold(utc_now()) == []
        listening.close()


async def work(resources: Resources) -> None:
    """What a worker does that looks for feeds once."""
    await sweep_feeds({"resources": resources})
    await run_jobs(resources)


async def test_configured_regions_and_excluded_tags_count(settings_for: SettingsFactory, mongo: Any) -> None:
    settings = settings_for(
        feed_debounce_seconds=0, feed_groupings="north:fi;south:it,es", feed_exclude_tags="test,bot"
    )
    async with open_resources(settings) as resources:
        store = mongo[settings.mongodb_database]
        stored_live(store, 1, "country:it")
        stored_live(store, 2, "country:it", "bot")
        await resources.livestream.feeds.want(ObjectId(account(1)), now=utc_now())
        await work(resources)

        feeds = store["feeds"].find({"aliases": "user_livestream-south"})
        assert [[str(item["id"]) for item in row["items"]] for row in feeds] == [[account(1)]]
        assert sorted(tasks(store)) == ["global", "global-filtered", "south", "south-filtered"]
