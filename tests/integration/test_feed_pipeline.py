"""What a feed shows and in which order, stage by stage."""

from datetime import timedelta
from typing import Any

import pytest
from bson import ObjectId
from feed_builders import (
    GLOBAL,
    NOW,
    a_user,
    by_user,
    ends,
    goes_live,
    keep_user,
    number_of,
    numbers,
    run,
    shown,
    user_id,
)
from game_world import Json, Store
from livestream_world import a_session

from app.aggregations.feed import (
    LARGEST_FEED,
    FeedRun,
    active_sessions,
    as_facts,
    as_item,
    as_ranked,
    build_feed,
    cut_to,
    gathered,
    in_order,
    visible,
    with_streamer,
)

pytest_plugins = ["game_fixtures"]

ALIASES = ("user_livestream-global", "user_livestream_most_recent-global")


def a_run(**changes: Any) -> FeedRun:
    """The run of the world's feed."""
    usual: dict[str, Any] = {
        "feed_id": ObjectId(),
        "aliases": ALIASES,
        "region_group": "global",
        "filtered": True,
        "version": 1,
        "generated_at": NOW,
    }
    return FeedRun(**(usual | changes))


def facts(store: Store, **session: Any) -> Json:
    """What a feed tells about a session with these fields."""
    goes_live(store, 1, **session)
    (row,) = run(store, "sessions", [with_streamer(), as_facts()])
    return row


def seen(store: Store, feed_run: FeedRun) -> list[int]:
    """The users whose sessions a run shows."""
    rows = run(store, "sessions", [with_streamer(), as_facts(), visible(feed_run.user_tags)])
    return sorted(number_of(row["user"]["_id"]) for row in rows)


def ranked(store: Store, *users: Json, trending: tuple[int, ...] = ()) -> list[Json]:
    """Users as rows that can be put in order."""
    store["users"].insert_many(users)
    as_joined = {"$project": {"_id": 0, "user": "$$ROOT"}}
    stage = as_ranked(ALIASES, [user_id(number) for number in trending])
    return run(store, "users", [as_joined, stage])


def priority(store: Store, *tags: str) -> int | None:
    """The priority that a user's tags give."""
    (row,) = ranked(store, a_user(1, *tags))
    value: int | None = row["priority"]
    return value


def build(store: Store, **changes: Any) -> Json:
    """The feed of one run."""
    feed_run = a_run(**changes)
    run(store, "sessions", build_feed(feed_run))
    feed = store["feeds"].find_one({"_id": feed_run.feed_id})
    assert feed is not None
    return feed


def test_only_active_sessions_are_shown(store: Store) -> None:
    goes_live(store, 1)
    goes_live(store, 2)
    ends(store, 2)

    assert numbers(run(store, "sessions", [active_sessions()]), "user") == [1]


def test_a_session_is_told_by_its_facts(store: Store) -> None:
    row = facts(
        store,
        status__preset="sd",
        statuses__started=NOW,
        show_goal_pairs=[{"goal": 1}],
        exclusive_goal_pairs=[{"goal": 2}],
        rating={"current": 4.6, "current_count": 25},
        metadata={"viewer_count": 40},
    )

    assert row == {
        "user": a_user(1),
        "preset": "sd",
        "started": NOW,
        "goal": [{"goal": 1}, {"goal": 2}],
        "viewers": 40,
        "current_rating": 4.6,
    }


def test_a_session_that_nothing_is_known_of_has_facts_too(store: Store) -> None:
    store["sessions"].insert_one({"user": user_id(1), "active": True, "status": {"preset": "preview"}})

    assert run(store, "sessions", [with_streamer(), as_facts()]) == [
        {
            "preset": "preview",
            "started": None,
            "goal": [],
            "viewers": 0,
            "current_rating": 0,
        }
    ]


@pytest.mark.parametrize(
    ("rating", "told"),
    [
        ({"current": 4.6, "current_count": 12}, 0),
        ({"current": 4.6, "current_count": 19}, 0),
        ({"current": 4.6, "current_count": 20}, 4.6),
        ({"current": None, "current_count": 30}, 0),
        ({"current": 4.6}, 0),
    ],
)
def test_a_rating_by_fewer_than_twenty_counts_as_none(store: Store, rating: Json, told: float) -> None:
    assert facts(store, rating=rating)["current_rating"] == told


def test_an_excluded_tag_hides_its_users(store: Store) -> None:
    goes_live(store, 1, "hashtag:a", "test:account")
    goes_live(store, 2, "hashtag:a")
    goes_live(store, 3)

    assert seen(store, a_run(excluded_tags=("test:account", "banned"))) == [2, 3]


def test_only_users_of_the_countries_are_shown_if_there_are_some(store: Store) -> None:
    goes_live(store, 1, "country:tw")
    goes_live(store, 2, "country:fr", "country:hk")
    goes_live(store, 3, "country:fr")
    goes_live(store, 4)

    assert seen(store, a_run(countries=("tw", "hk"))) == [1, 2]
    assert seen(store, a_run()) == [1, 2, 3, 4]


def test_users_hidden_in_the_region_group_are_left_out_when_filtered_is_false(store: Store) -> None:
    goes_live(store, 1, "hidden:region-group:asia")
    goes_live(store, 2, "hidden:region-group:global")
    goes_live(store, 3)

    assert seen(store, a_run(region_group="asia", filtered=False)) == [2, 3]
    assert seen(store, a_run(region_group="asia", filtered=True)) == [1, 2, 3]


def test_a_session_without_a_known_user_is_not_shown(store: Store) -> None:
    store["sessions"].insert_one(a_session(1))

    assert seen(store, a_run()) == []


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ([], None),
        (["feed:user_livestream-global"], 0),
        (["feed:user_livestream-global:1"], -1),
        (["badge:new", "feed:user_livestream_most_recent-global:5"], -5),
        (["feed:user_livestream-global:5", "feed:user_livestream-global:1"], -5),
        (["feed:elsewhere:1", "feed:user_livestream-global:7"], -7),
        (["feed:user_livestream-asia:1"], None),
        (["feed:user_livestream-global-filtered:1"], None),
        (["feed:user_livestream-global:"], None),
        (["feed:user_livestream-global:-1"], None),
        (["feed:user_livestream-global:x"], None),
        (["a feed:user_livestream-global:1"], None),
        (["feed:user_livestream-global:999999999"], -999_999_999),
        (["feed:user_livestream-global:9999999999999999999999"], None),
    ],
)
def test_the_first_tag_that_names_the_feed_gives_the_priority(
    store: Store, tags: list[str], expected: int | None
) -> None:
    assert priority(store, *tags) == expected


def test_only_badges_are_told_of_a_users_tags(store: Store) -> None:
    (row,) = ranked(store, a_user(1, "country:tw", "badge:new", "badge:", "badge:vip", "a badge:x"))

    assert row["badges"] == ["badge:new", "badge:vip"]


def test_who_is_trending_is_ranked_by_place_and_everybody_else_below(store: Store) -> None:
    rows = ranked(store, a_user(1), a_user(2), a_user(3), trending=(3, 1))

    assert by_user(rows, "trending_ranking") == {1: 1, 2: -1, 3: 0}


def test_order_is_by_priority_then_trend_then_the_latest_start(store: Store) -> None:
    later = NOW + timedelta(seconds=1)
    store["rows"].insert_many(
        [
            {"id": 1, "priority": None, "trending_ranking": -1, "started": NOW},
            {"id": 2, "priority": None, "trending_ranking": -1, "started": later},
            {"id": 3, "priority": None, "trending_ranking": 0, "started": NOW},
            {"id": 4, "priority": -5, "trending_ranking": -1, "started": NOW},
            {"id": 5, "priority": -1, "trending_ranking": -1, "started": NOW},
            {"id": 6, "priority": None, "trending_ranking": 7, "started": NOW},
            {"id": 7, "priority": None, "trending_ranking": 999, "started": None},
            {"id": 8, "priority": None, "trending_ranking": -1, "started": None},
            {"id": 9, "priority": 0, "trending_ranking": -1, "started": None},
        ]
    )

    assert [row["id"] for row in run(store, "rows", [in_order()])] == [9, 5, 4, 7, 6, 3, 2, 1, 8]


def test_what_does_not_fit_is_cut_off_at_the_end(store: Store) -> None:
    rows = [
        {"id": number, "priority": None, "trending_ranking": number, "started": NOW, "goal": "x" * 1_000}
        for number in range(5)
    ]
    store["rows"].insert_many(rows)

    assert [row["id"] for row in run(store, "rows", [*cut_to(3_500), in_order()])] == [4, 3, 2]


def test_an_item_has_these_fields(store: Store) -> None:
    row = {
        "id": user_id(1),
        "username": "ann",
        "biography": "sings",
        "badges": ["badge:new"],
        "preset": "sd",
        "goal": [{"goal": 1}],
        "viewers": 40,
        "started": NOW,
        "current_rating": 4.6,
        "priority": -1,
        "trending_ranking": 3,
        "revenue": 12,
        "so_far": 500,
    }
    store["rows"].insert_one(row)

    (found,) = run(store, "rows", [as_item()])

    assert found["item"] == {
        "id": user_id(1),
        "username": "ann",
        "biography": "sings",
        "badges": ["badge:new"],
        "metadata": {
            "preset": "sd",
            "goal": [{"goal": 1}],
            "revenue": 12,
            "viewers": 40,
            "started": NOW,
            "trending_ranking": 3,
            "current_rating": 4.6,
            "s_score": 184,
        },
        "__priority__": -1,
        "_cls": "UserFeedItem",
    }


def test_items_become_one_feed_in_their_order(store: Store) -> None:
    store["rows"].insert_many([{"_id": number, "item": {"id": number}} for number in (3, 1, 2)])
    feed_run = a_run(version=7)

    (feed,) = run(store, "rows", gathered(feed_run))

    assert feed == {
        "_id": feed_run.feed_id,
        "items": [{"id": 3}, {"id": 1}, {"id": 2}],
        "aliases": list(ALIASES),
        "region_group": "global",
        "filtered": True,
        "version": 7,
        "generated_at": NOW,
        "expires_at": None,
    }


def test_a_feed_without_anybody_is_a_feed(store: Store) -> None:
    goes_live(store, 1)
    build(store, version=1)
    ends(store, 1)

    build(store, version=2)

    assert shown(store) == []


def test_a_run_leaves_other_feeds_alone(store: Store) -> None:
    goes_live(store, 1)
    first = build(store, version=1)

    build(store, version=2)

    assert store["feeds"].find_one({"_id": first["_id"]}) == first


def test_the_whole_run_puts_streamers_in_order(store: Store) -> None:
    later = NOW + timedelta(seconds=1)
    goes_live(store, 1)
    goes_live(store, 2, statuses__started=later)
    goes_live(store, 3)
    goes_live(store, 4, f"feed:{GLOBAL}:3")
    goes_live(store, 5, "excluded")
    keep_user(store, 6)

    feed = build(store, trending=[user_id(3)], excluded_tags=["excluded"])

    assert numbers(feed["items"]) == [4, 3, 2, 1]


def test_a_feed_too_large_for_a_document_keeps_its_first_items(store: Store) -> None:
    goals = [{"text": "x" * 1_000}] * 300
    for number in range(1, 51):
        started = NOW + timedelta(seconds=number)
        goes_live(store, number, show_goal_pairs=goals, statuses__started=started)

    kept = numbers(build(store)["items"])

    assert kept == list(range(50, 50 - len(kept), -1))
    assert LARGEST_FEED // 320_000 <= len(kept) <= LARGEST_FEED // 300_000
