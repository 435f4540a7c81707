"""XP ranks that change while they are looked at."""

import asyncio
from itertools import count
from typing import Any

import pytest
from page_world import PageWorld
from playwright.async_api import Page, expect
from visits import StartVisit

pytest_plugins = ["browser_fixtures"]

_countries = count(300)
_photos = count(10_000)
SEEN = 30


@pytest.fixture
async def country(world: PageWorld) -> int:
    """A country of this test alone, with thirty users: 401 has most XP, 430 the least."""
    country_id = next(_countries)
    await world.send("PUT", f"/api/locations/country/{country_id}", {"name": f"Country {country_id}"})
    for number in range(1, SEEN + 1):
        await world.upload(next(_photos), 400 + number, 1_000 - 10 * number, country_id=country_id)
    return country_id


async def gain(world: PageWorld, country_id: int, user_id: int, xp: int) -> None:
    await world.upload(next(_photos), user_id, xp, country_id=country_id)


async def open_board(visit: StartVisit, country_id: int, **options: Any) -> Page:
    page = await (await visit(**options)).go(f"/leaderboard?country={country_id}")
    await expect(page.locator("[data-live]")).to_have_attribute("data-on", "true")
    return page


async def test_ranks_change_by_themselves(visit: StartVisit, world: PageWorld, country: int) -> None:
    page = await open_board(visit, country)
    await gain(world, country, 430, 2_000)

    await expect(page.locator("[data-cards] > .card").first).to_have_attribute("id", "user-430")
    await expect(page.locator("#user-430 [data-points]")).to_have_text("2,700")
    await expect(page.locator("#user-401 [data-rank]")).to_have_text("2nd")


async def test_the_card_that_is_read_stays_where_it_is(
    visit: StartVisit, world: PageWorld, country: int
) -> None:
    page = await open_board(visit, country, reduced_motion="reduce")
    await page.locator("#user-415").scroll_into_view_if_needed()
    await page.mouse.move(5, 5)
    card = page.locator("[data-cards] > .card").nth(9)
    seen = await card.get_attribute("id")
    await card.hover()
    before = await page.locator(f"#{seen}").bounding_box()
    await gain(world, country, 430, 2_000)
    await expect(page.locator("#user-430 [data-rank]")).to_have_text("1st")

    after = await page.locator(f"#{seen}").bounding_box()
    assert before is not None
    assert after is not None
    assert abs(after["y"] - before["y"]) <= 1


async def test_nothing_moves_under_a_finger(visit: StartVisit, world: PageWorld, country: int) -> None:
    page = await open_board(visit, country)
    await page.locator("#user-401").hover()
    await page.mouse.down()
    await gain(world, country, 430, 2_000)
    async with page.expect_response(lambda response: "/api/leaderboard?" in response.url):
        pass
    await asyncio.sleep(0.5)
    assert await page.locator("[data-cards] > .card").first.get_attribute("id") == "user-401"
    await page.mouse.move(5, 5)
    await page.mouse.up()

    await expect(page.locator("[data-cards] > .card").first).to_have_attribute("id", "user-430")


async def test_a_focused_link_keeps_the_focus(visit: StartVisit, world: PageWorld, country: int) -> None:
    user = {"name": "Zoe", "show_name": True, "public_profile": True}
    await world.send("PUT", "/api/users/430", user)
    page = await open_board(visit, country)
    await page.locator("#user-430 [data-link]").focus()
    await gain(world, country, 430, 2_000)
    await expect(page.locator("#user-430 [data-rank]")).to_have_text("1st")

    await expect(page.locator("#user-430 [data-link]")).to_be_focused()


async def test_a_failed_look_changes_nothing(visit: StartVisit, world: PageWorld, country: int) -> None:
    visitor = await visit()
    page = await visitor.go(f"/leaderboard?country={country}")
    await expect(page.locator("[data-live]")).to_have_attribute("data-on", "true")
    await visitor.fail()
    async with page.expect_response(lambda response: response.status == 503):
        await gain(world, country, 430, 2_000)

    await expect(page.locator("[data-cards] > .card")).to_have_count(SEEN)
    await expect(page.get_by_role("alert")).to_be_hidden()
