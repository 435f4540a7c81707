"""XP leaderboards as their specification states them; each test names the line it proves."""

import pytest
from game_world import Store
from xp_world import XpWorld, ids_on, ranks_by_user, things, xp_by_user

from app.kit.clock import utc_now

pytest_plugins = ["game_fixtures", "xp_fixtures"]


async def test_more_xp_is_ranked_first_and_the_caller_learns_their_rank(xp: XpWorld) -> None:
    """Line 30.1."""
    for user_id, amount in {1: 300, 2: 100, 3: 200}.items():
        await xp.give(user_id, amount)

    page = await xp.board(3)

    assert ranks_by_user(page) == {1: 1, 3: 2, 2: 3}
    assert page["total"] == page["activeUsers"] == 3
    assert page["currentUserRank"] == 2


@pytest.mark.parametrize("kind", ["country", "state", "city"])
async def test_a_location_shows_only_the_xp_earned_there(xp: XpWorld, kind: str) -> None:
    """Line 30.1."""
    for photo_id, (user_id, amount, place) in enumerate([(1, 20, 7), (2, 900, 8), (1, 30, 8)], 1):
        await xp.upload(photo_id, user_id, place, state_id=place, city_id=place)
        await xp.tag(photo_id, *things(amount - 5))

    page = await xp.board(2, locationType=kind, locationId=7)

    assert xp_by_user(page) == {1: 20}
    assert (page["total"], page["activeUsers"], page["currentUserRank"]) == (1, 2, None)


@pytest.mark.parametrize("time_filter", ["all-time", "this-month"])
async def test_ties_stand_in_the_order_of_ids(xp: XpWorld, time_filter: str) -> None:
    """Line 30.2."""
    for user_id in (100, 9, 10):
        await xp.give(user_id, 50)

    page = await xp.board(100, timeFilter=time_filter)

    assert ranks_by_user(page) == {9: 1, 10: 2, 100: 3}
    assert ids_on(page) == [9, 10, 100]
    assert page["currentUserRank"] == 3


async def test_an_upload_counts_five_in_every_scope_and_forty_rows(xp: XpWorld, store: Store) -> None:
    """Line 30.4."""
    await xp.upload(1, state_id=6, city_id=7)

    places = [(None, 0), ("country", 5), ("state", 6), ("city", 7)]
    assert [await xp.xp_at(kind, place) for kind, place in places] == [{1: 5}] * 4
    assert store["metrics"].count_documents({}) == 40


async def test_a_photo_with_a_country_alone_has_twenty_rows(xp: XpWorld, store: Store) -> None:
    """Line 30.4."""
    await xp.upload(1)

    assert store["metrics"].count_documents({}) == 20


async def test_tags_replace_each_other_and_a_deleted_photo_counts_nothing(xp: XpWorld) -> None:
    """Line 30.4."""
    await xp.upload(1, state_id=6, city_id=7)
    seen = []
    for tags in (things(3), things(5), things(2), []):
        await xp.tag(1, *tags)
        seen.append(await xp.xp_at("city", 7))
    await xp.delete(1)

    assert seen == [{1: 8}, {1: 10}, {1: 7}, {1: 5}]
    for kind, place in [(None, 0), ("country", 5), ("state", 6), ("city", 7)]:
        page = await xp.board_at(kind, place)
        assert (page["users"], page["total"], page["currentUserRank"]) == ([], 0, None)


async def test_every_kind_of_tag_is_worth_what_the_table_says(xp: XpWorld) -> None:
    """Line 30.5."""
    await xp.upload(1)
    bottles = {
        "object": "bottle",
        "quantity": 3,
        "materials": ["glass"],
        "brands": [{"name": "coke", "quantity": 2}],
        "custom_tags": ["beach"],
    }

    tagged = await xp.tag(1, bottles, {"object": "dumping", "type": "large", "quantity": 1})

    assert tagged["xp"] == 5 + 68
    assert await xp.xp_at() == {1: 73}


async def test_what_was_picked_up_counts_five_more_each(xp: XpWorld) -> None:
    """Line 30.5."""
    await xp.upload(1)

    tagged = await xp.tag(1, {"object": "bottle", "quantity": 2, "picked_up": True})

    assert tagged["xp"] == 5 + 2 + 10


async def test_a_school_photo_counts_while_it_is_approved(xp: XpWorld) -> None:
    """Line 30.6."""
    await xp.tell("teams/3", name="School", kind="school")
    seen = []
    await xp.upload(1, team_id=3, created_at="2026-02-10T12:00:00Z")
    await xp.tag(1, *things(3))
    seen.append(await xp.xp_at())
    for change in (xp.approve, xp.approve, xp.revoke, xp.approve):
        await change(1)
        seen.append(await xp.xp_at())

    assert seen == [{}, {1: 8}, {1: 8}, {}, {1: 8}]


async def test_what_is_taken_back_in_one_country_stays_in_another(xp: XpWorld) -> None:
    """Line 30.7."""
    await xp.give(1, 15, 5, first=1)
    await xp.give(1, 35, 8, first=2)

    await xp.delete(1)

    assert await xp.xp_at("country", 5) == {}
    assert await xp.xp_at("country", 8) == await xp.xp_at() == {1: 35}


async def test_a_photo_counts_today(xp: XpWorld) -> None:
    await xp.upload(1, created_at=utc_now().isoformat())

    assert await xp.xp_at(timeFilter="today") == {1: 5}
    assert await xp.xp_at(timeFilter="yesterday") == {}
