"""The XP leaderboard's pages, periods and backends."""

from datetime import UTC, datetime
from typing import Any

import pytest
from game_world import Json, Store
from redis import Redis
from xp_world import XpWorld, ids_on, things

from app.kit.clock import utc_now
from app.resources import Resources
from app.settings import Settings
from app.xp.board_building import build_missing_boards

pytest_plugins = ["game_fixtures", "xp_fixtures"]

FIRST_OF_MONTH = utc_now().replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def stored_board(store: Store, xp_by_user: dict[int, int]) -> None:
    """The rows of the board of all time and the whole world, as photos would have left them."""
    store["metrics"].insert_many(
        {
            "_id": f"0:0:0:{user_id}:1970-01-01",
            "timescale": 0,
            "location_type": 0,
            "location_id": 0,
            "user_id": user_id,
            "bucket_date": datetime(1970, 1, 1, tzinfo=UTC),
            "xp": amount,
            "version": 1,
        }
        for user_id, amount in {**xp_by_user, 0: sum(xp_by_user.values())}.items()
    )


async def index(api: Any) -> None:
    """What a worker does."""
    resources: Resources = api.state.resources
    await build_missing_boards(resources.ranks, utc_now())


@pytest.mark.parametrize("is_indexed", [True, False])
async def test_30_3_pages_are_of_a_hundred_and_the_last_says_so(
    xp: XpWorld, store: Store, api: Any, *, is_indexed: bool
) -> None:
    """Line 30.3."""
    stored_board(store, {user_id: 1_000 - user_id for user_id in range(1, 251)})
    if is_indexed:
        await index(api)

    pages = [await xp.board(7, page=number) for number in (1, 2, 3, 4)]

    assert [len(page["users"]) for page in pages] == [100, 100, 50, 0]
    assert [page["hasNextPage"] for page in pages] == [True, True, False, False]
    assert [page["total"] for page in pages] == [250] * 4
    assert [page["currentUserRank"] for page in pages] == [7] * 4
    assert [user["rank"] for page in pages for user in page["users"]] == list(range(1, 251))
    assert [user_id for page in pages for user_id in ids_on(page)] == list(range(1, 251))


@pytest.mark.parametrize("is_indexed", [True, False])
async def test_30_3_after_exactly_two_hundred_there_is_no_third_page(
    xp: XpWorld, store: Store, api: Any, *, is_indexed: bool
) -> None:
    """Line 30.3."""
    stored_board(store, dict.fromkeys(range(1, 201), 10))
    if is_indexed:
        await index(api)

    assert [(await xp.board(page=number))["hasNextPage"] for number in (1, 2)] == [True, False]


@pytest.mark.parametrize("page", [10**9, 10**15 - 1])
async def test_a_page_far_past_the_end_is_empty(xp: XpWorld, page: int) -> None:
    await xp.upload(1)

    found = await xp.board(page=page)

    assert (found["users"], found["total"], found["currentUserRank"]) == ([], 1, 1)


async def test_an_unknown_location_has_an_empty_board(xp: XpWorld) -> None:
    await xp.upload(1)

    page = await xp.board_at("city", 999)

    assert (page["users"], page["total"], page["activeUsers"], page["currentUserRank"]) == ([], 0, 1, None)


async def test_30_6_a_school_photo_counts_in_the_month_of_its_upload(xp: XpWorld) -> None:
    """Line 30.6."""
    await xp.tell("teams/3", name="School", kind="school")
    last_month = (FIRST_OF_MONTH.replace(day=1)).isoformat().replace("+00:00", "Z")
    await xp.upload(1, team_id=3, created_at=last_month)
    await xp.tag(1, *things(3))

    await xp.approve(1)

    assert await xp.xp_at(timeFilter="this-month") == {1: 8}
    today = await xp.xp_at(timeFilter="today")
    assert today == ({1: 8} if utc_now().day == 1 else {})


async def test_30_8_the_offset_of_an_upload_decides_its_month(xp: XpWorld, store: Store) -> None:
    """Line 30.8: half past midnight on 1 March, two hours east of Greenwich, is in February."""
    await xp.upload(1, created_at="2026-03-01T00:30:00+02:00")

    months = {row["bucket_date"] for row in store["metrics"].find({"timescale": 3})}
    assert months == {datetime(2026, 2, 1, tzinfo=UTC)}


async def test_30_8_rows_say_which_year_month_and_week_they_are_of(xp: XpWorld, store: Store) -> None:
    """Line 30.8."""
    await xp.upload(1, created_at="2027-01-01T00:30:00Z")

    rows = store["metrics"].find({"location_type": 0, "user_id": 1})
    said = {row["timescale"]: (f"{row['bucket_date']:%Y-%m-%d}", row["year"], row["month"]) for row in rows}
    (week,) = store["metrics"].find({"location_type": 0, "user_id": 1, "timescale": 2})
    assert said == {
        0: ("1970-01-01", 0, 0),
        1: ("2027-01-01", 2027, 1),
        2: ("2026-12-28", 2026, 0),
        3: ("2027-01-01", 2027, 1),
        4: ("2027-01-01", 2027, 0),
    }
    assert week["week"] == 53


async def some_answers(xp: XpWorld) -> list[Json]:
    return [
        await xp.board(3),
        await xp.board(3, timeFilter="this-year", page=2),
        await xp.board_at("country", 5, timeFilter="today"),
    ]


async def test_30_9_with_redis_flushed_answers_are_the_same(
    xp: XpWorld, settings: Settings, api: Any
) -> None:
    """Line 30.9."""
    for user_id in (1, 2, 3, 4):
        await xp.give(user_id, 10 * user_id, country_id=5 + user_id % 2)
    before = await some_answers(xp)

    with Redis.from_url(settings.redis_url) as redis:
        redis.flushall()
        while_away = await some_answers(xp)
        await index(api)
        assert redis.zcard("{g}:lb:xp") == 4
    afterwards = await some_answers(xp)

    assert while_away == before
    assert afterwards == before


async def test_a_write_to_a_flushed_index_is_not_lost_when_it_is_built(
    xp: XpWorld, settings: Settings, api: Any
) -> None:
    await xp.upload(1)
    with Redis.from_url(settings.redis_url) as redis:
        redis.flushall()
    await xp.tag(1, *things(3))
    await index(api)

    assert await xp.xp_at() == {1: 8}


async def test_boards_of_a_period_are_forgotten_with_it(xp: XpWorld, settings: Settings) -> None:
    await xp.upload(1)

    with Redis.from_url(settings.redis_url) as redis:
        kept = {name.decode(): redis.ttl(name) for name in redis.scan_iter("{g}:lb:xp*")}

    today = f"{{g}}:lb:xp:{utc_now():%Y-%m-%d}"
    assert kept["{g}:lb:xp"] == kept["{g}:lb:xp:lines"] == -1
    assert 0 < kept[today] <= 2 * 86_400
    assert all(ttl > 0 for name, ttl in kept.items() if name.startswith("{g}:lb:xp:2"))


async def test_a_service_sees_the_rank_of_the_user_it_names(xp: XpWorld) -> None:
    await xp.give(2, 10)

    named = await xp.act("GET", "leaderboard?user_id=2")
    nobody = await xp.act("GET", "leaderboard")

    assert (named["currentUserRank"], nobody["currentUserRank"]) == (1, None)


async def test_rewards_count_worldwide_once_for_each_action(xp: XpWorld) -> None:
    verified = {"admin_id": 8, "photo_id": 1, "action": "verify"}
    given = [
        (await xp.act("POST", "xp/reward", {**verified, **more}))["xp"]
        for more in ({"xp": 3}, {"xp": 9}, {"action": "tag"}, {"photo_id": 2})
    ]

    assert given == [3, 3, 1, 1]
    assert await xp.xp_at() == await xp.xp_at(timeFilter="today") == {8: 5}
    assert await xp.xp_at("country", 5) == {}
