"""What earnings do in a feed: the revenue that is shown, and who is trending."""

from datetime import timedelta

import pytest
from feed_builders import NOW, by_user, earns, goes_live, numbers, run, user_id
from game_world import Store

from app.aggregations.feed import trending_creators, with_revenue

pytest_plugins = ["game_fixtures"]


def test_revenue_is_what_was_earned_since(store: Store) -> None:
    store["rows"].insert_many([{"_id": number, "id": user_id(number), "other": number} for number in (1, 2)])
    earns(store, 1, 5)
    earns(store, 1, 7, hours_ago=29 * 24)
    earns(store, 1, 100, hours_ago=31 * 24)
    earns(store, 3, 50)

    rows = run(store, "rows", with_revenue(earned_after=NOW - timedelta(days=30)))

    assert by_user(rows, "revenue") == {1: 12, 2: 0}
    assert by_user(rows, "other") == {1: 1, 2: 2}


@pytest.mark.usefixtures("resources")
def test_revenue_is_read_from_an_index_alone(store: Store) -> None:
    for number in range(1, 6):
        goes_live(store, number)
        for hours_ago in range(20):
            earns(store, number, 1, hours_ago=hours_ago)
    stages = [{"$project": {"id": "$user"}}, *with_revenue(earned_after=NOW - timedelta(days=30))]

    told = store.command(
        "explain",
        {"aggregate": "sessions", "pipeline": stages, "cursor": {}},
        verbosity="executionStats",
    )

    lookup = next(stage for stage in told["stages"] if "$lookup" in stage)
    assert (lookup["totalKeysExamined"] >= 100, lookup["totalDocsExamined"]) == (True, 0)


def test_trending_are_those_with_most_diamonds_of_a_day_the_best_last(store: Store) -> None:
    earns(store, 1, 50, hours_ago=23)
    earns(store, 1, 10)
    earns(store, 2, 70)
    earns(store, 3, 5)
    earns(store, 4, 1_000, hours_ago=24)

    assert numbers(run(store, "earnings", trending_creators(NOW)), "_id") == [3, 1, 2]


def test_only_the_thousand_best_are_trending(store: Store) -> None:
    store["earnings"].insert_many(
        [{"user": user_id(number), "time": NOW, "revenue": number} for number in range(1, 1_004)]
    )

    assert numbers(run(store, "earnings", trending_creators(NOW)), "_id") == list(range(4, 1_004))
