"""XP ranks that change while they are looked at."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
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


@dataclass(frozen=True)
class Country:
    """A country of one test alone, where users 201 to 230 are seen; 201 has most XP, 230 the least."""

    people: PageWorld
    id: int
    photos: list[int]

    async def gain(self, user_id: int, xp: int) -> None:
        """A user gets more XP there."""
        self.photos.append(next(_photos))
        await self.people.upload(self.photos[-1], user_id, xp, country_id=self.id)


@pytest.fixture
async def country(people: PageWorld) -> AsyncIterator[Country]:
    there = Country(people, next(_countries), [])
    await asyncio.gather(*(there.gain(200 + number, 1_000 - 10 * number) for number in range(1, SEEN + 1)))
    yield there
    await asyncio.gather(*(people.send("DELETE", f"/api/photos/{photo}", None) for photo in there.photos))


async def open_board(visit: StartVisit, country: Country, **options: Any) -> Page:
    page = await (await visit(**options)).go(f"/leaderboard?country={country.id}")
    await expect(page.locator("[data-live]")).to_have_attribute("data-on", "true")
    return page


async def test_ranks_change_by_themselves(visit: StartVisit, country: Country) -> None:
    page = await open_board(visit, country)
    await country.gain(230, 2_000)

    await expect(page.locator("[data-cards] > .card").first).to_have_attribute("id", "user-230")
    await expect(page.locator("#user-230 [data-points]")).to_have_text("2,700")
    await expect(page.locator("#user-201 [data-rank]")).to_have_text("2nd")


async def test_the_card_that_is_read_stays_where_it_is(visit: StartVisit, country: Country) -> None:
    page = await open_board(visit, country, reduced_motion="reduce")
    await page.locator("#user-215").scroll_into_view_if_needed()
    await page.mouse.move(5, 5)
    card = page.locator("[data-cards] > .card").nth(9)
    seen = await card.get_attribute("id")
    await card.hover()
    before = await page.locator(f"#{seen}").bounding_box()
    await country.gain(230, 2_000)
    await expect(page.locator("#user-230 [data-rank]")).to_have_text("1st")

    after = await page.locator(f"#{seen}").bounding_box()
    assert before is not None
    assert after is not None
    assert abs(after["y"] - before["y"]) <= 1


async def test_nothing_moves_under_a_finger(visit: StartVisit, country: Country) -> None:
    page = await open_board(visit, country)
    await page.locator("#user-201").hover()
    await page.mouse.down()
    await country.gain(230, 2_000)
    async with page.expect_response(lambda response: "/api/leaderboard?" in response.url):
        pass
    await asyncio.sleep(0.5)
    assert await page.locator("[data-cards] > .card").first.get_attribute("id") == "user-201"
    await page.mouse.move(5, 5)
    await page.mouse.up()

    await expect(page.locator("[data-cards] > .card").first).to_have_attribute("id", "user-230")


async def test_a_focused_link_keeps_the_focus(visit: StartVisit, country: Country) -> None:
    page = await open_board(visit, country)
    await page.locator("#user-230 [data-link]").focus()
    await country.gain(230, 2_000)
    await expect(page.locator("#user-230 [data-rank]")).to_have_text("1st")

    await expect(page.locator("#user-230 [data-link]")).to_be_focused()


async def test_a_failed_look_changes_nothing(visit: StartVisit, country: Country) -> None:
    visitor = await visit()
    page = await visitor.go(f"/leaderboard?country={country.id}")
    await expect(page.locator("[data-live]")).to_have_attribute("data-on", "true")
    await visitor.fail()
    async with page.expect_response(lambda response: response.status == 503):
        await country.gain(230, 2_000)

    await expect(page.locator("[data-cards] > .card")).to_have_count(SEEN)
    await expect(page.get_by_role("alert")).to_be_hidden()
