"""The XP board: what it shows, and what its filters do."""

import asyncio

import pytest
from page_world import IRELAND, NOWHERE, PORTUGAL
from playwright.async_api import Route, expect
from visits import XP_API, Size, StartVisit

pytest_plugins = ["browser_fixtures"]

SMALL_KIB = 100
EMPTY = {
    f"country={NOWHERE}": "Nobody has earned XP in Andorra yet.",
    f"country={NOWHERE}&timeFilter=last-month": "Nobody has earned XP in Andorra last month.",
    "timeFilter=yesterday": "Nobody has earned XP anywhere yesterday.",
    "page=9": "This board has no page 9.",
}
#: What a browser does when it goes back to an address.
CHOOSE = "query => { history.pushState(null, '', query); dispatchEvent(new PopStateEvent('popstate')); }"


async def test_the_first_page_is_there_before_any_script(visit: StartVisit) -> None:
    visitor = await visit(java_script_enabled=False)
    await visitor.go("/leaderboard")

    assert (await visitor.names())[:3] == ["Clara Ferreira", "Dermot Costa", "Elif Silva"]


async def test_nothing_is_asked_for_twice_at_the_start(visit: StartVisit) -> None:
    visitor = await visit()
    page = await visitor.go("/leaderboard")
    await expect(page.locator("[data-live]")).to_have_attribute("data-on", "true")

    assert visitor.asked == ["/api/leaderboard/events"]


async def test_the_first_view_is_small(visit: StartVisit) -> None:
    visitor = await visit()
    page = await visitor.go("/leaderboard")
    await expect(page.locator("[data-live]")).to_have_attribute("data-on", "true")
    parts = [request for request in visitor.requests if not request.url.endswith("/events?")]
    sizes = [await request.sizes() for request in parts]

    assert sum(size["responseBodySize"] + size["responseHeadersSize"] for size in sizes) < SMALL_KIB * 1024


async def test_static_files_are_kept_for_good(visit: StartVisit) -> None:
    visitor = await visit()
    await visitor.go("/leaderboard")
    parts = [request for request in visitor.requests if "/static/" in request.url]
    answers = [await request.response() for request in parts]
    kept = {(await answer.all_headers())["cache-control"] for answer in answers if answer}

    assert kept == {"public, max-age=31536000, immutable"}


async def test_a_card_shows_rank_medal_flag_name_team_and_xp(visit: StartVisit) -> None:
    page = await (await visit()).go("/leaderboard")
    cards = page.locator(".card")

    await expect(cards.nth(1)).to_contain_text("2nd")
    await expect(cards.nth(1).locator(".medal.silver")).to_be_visible()
    await expect(cards.nth(1).get_by_role("img", name="IE")).to_have_text("🇮🇪")
    await expect(cards.nth(1)).to_contain_text("Praia Limpa")
    await expect(cards.nth(1).locator("[data-points]")).to_have_text("9,426")
    await expect(cards.nth(3).locator(".medal")).to_be_hidden()


async def test_a_name_a_username_or_nobody(visit: StartVisit) -> None:
    visitor = await visit()
    await visitor.go("/leaderboard")
    names = await visitor.names()

    assert (names[3], names[8], names[9]) == ("Anonymous", "Jonas Doyle", "@kateryna10")


async def test_only_who_is_public_has_a_link(visit: StartVisit) -> None:
    page = await (await visit()).go("/leaderboard")
    links = page.locator(".card [data-link]")

    await expect(links.nth(0)).to_have_attribute("href", "/profile/2")
    assert await links.nth(1).get_attribute("href") is None


async def test_the_own_card_and_rank_are_marked(visit: StartVisit) -> None:
    page = await (await visit()).go("/leaderboard")

    await expect(page.locator(".card.own")).to_contain_text("5th")
    await expect(page.locator(".card.own")).to_have_attribute("aria-current", "true")
    await expect(page.locator("[data-stat=rank]")).to_have_text("5th")
    await expect(page.locator("[data-stat=users]")).to_have_text("250")


@pytest.mark.parametrize(("size", "pills"), [(Size.DESKTOP, True), (Size.PHONE, False)])
async def test_phones_have_one_select_and_no_social_icons(visit: StartVisit, size: Size, pills: bool) -> None:  # noqa: FBT001 # a case
    """30.10: at 390 px there is a select, and there are no social icons."""
    page = await (await visit(size=size)).go("/leaderboard")

    await expect(page.locator("[data-time]")).to_have_count(7)
    await expect(page.locator(".pills")).to_be_visible(visible=pills)
    await expect(page.locator("select[name=timeFilter]")).to_be_visible(visible=not pills)
    await expect(page.locator(".social").first).to_be_visible(visible=pills)
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")


async def test_pages_follow_each_other_from_the_top(visit: StartVisit) -> None:
    visitor = await visit()
    page = await visitor.go("/leaderboard")
    await page.get_by_role("link", name="Next").click()
    await expect(page.locator("[data-rank]").first).to_have_text("101st")

    assert await page.evaluate("scrollY") == 0
    assert page.url.endswith("/leaderboard?page=2")
    await page.get_by_role("link", name="Next").click()
    await expect(page.locator("[data-cards] > .card")).to_have_count(50)
    assert await page.locator("[data-step='1']").get_attribute("href") is None


async def test_retry_asks_for_the_same_page_again(visit: StartVisit) -> None:
    """30.10: an error on page 3, Retry, and it is page 3 again."""
    visitor = await visit()
    page = await visitor.go("/leaderboard?page=2")
    await visitor.fail()
    await page.get_by_role("link", name="Next").click()
    await expect(page.get_by_role("alert")).to_contain_text("could not be loaded")
    await page.unroute_all()
    await page.get_by_role("button", name="Retry").click()

    await expect(page.locator("[data-rank]").first).to_have_text("201st")
    await expect(page.locator("[data-page]")).to_have_text("Page 3")


async def test_an_older_answer_never_replaces_a_newer_ones(visit: StartVisit) -> None:
    """30.10: Last month, then Today quickly: Today stays."""
    visitor = await visit()
    page = await visitor.go("/leaderboard")

    async def dawdle(route: Route) -> None:
        answer = await route.fetch()
        await asyncio.sleep(0.6 if "last-month" in route.request.url else 0)
        await route.fulfill(response=answer)

    await page.route(XP_API, dawdle)
    await page.get_by_role("link", name="Last month").click()
    await page.get_by_role("link", name="Today").click()
    await expect(page.locator(".card")).to_have_count(13)
    await asyncio.sleep(0.8)

    await expect(page.locator(".card")).to_have_count(13)
    await expect(page.locator("[data-time=today]")).to_have_attribute("aria-current", "true")
    assert page.url.endswith("timeFilter=today")
    await page.unroute_all(behavior="ignoreErrors")


async def test_a_board_that_is_waited_for_says_so(visit: StartVisit) -> None:
    visitor = await visit()
    page = await visitor.go("/leaderboard")
    held = asyncio.Event()

    async def hold(route: Route) -> None:
        await held.wait()
        await route.continue_()

    await page.route(XP_API, hold)
    await page.get_by_role("link", name="Today").click()

    await expect(page.locator(".spinner")).to_be_visible()
    await expect(page.locator("[data-board]")).to_have_attribute("aria-busy", "true")
    await expect(page.locator("[data-stat] .skeleton")).to_have_count(2)
    held.set()
    await expect(page.locator(".spinner")).to_be_hidden()
    await expect(page.locator("[data-stat] .skeleton")).to_have_count(0)


async def test_back_and_forward_go_through_the_filters(visit: StartVisit) -> None:
    visitor = await visit()
    page = await visitor.go("/leaderboard")
    await page.get_by_role("link", name="Today").click()
    await page.locator("select[name=country]").select_option("Ireland")
    await expect(page.locator("[data-title]")).to_have_text("Today · Ireland")
    await page.go_back()
    await expect(page.locator("[data-title]")).to_have_text("Today · Whole world")
    await expect(page.locator("select[name=country]")).to_have_value("")
    await page.go_back()
    await expect(page.locator("[data-title]")).to_have_text("All time · Whole world")
    await expect(page.locator(".card")).to_have_count(100)
    await page.go_forward()
    await page.go_forward()

    await expect(page.locator("[data-title]")).to_have_text("Today · Ireland")
    assert page.url.endswith(f"/leaderboard?timeFilter=today&country={IRELAND}")


async def test_an_address_opens_what_it_says(visit: StartVisit) -> None:
    page = await (await visit()).go(f"/leaderboard?timeFilter=today&country={IRELAND}")

    await expect(page.locator("[data-title]")).to_have_text("Today · Ireland")
    await expect(page.locator("select[name=country]")).to_have_value(str(IRELAND))
    await expect(page.locator("[data-time=today]")).to_have_attribute("aria-current", "true")


async def test_countries_are_in_alphabetical_order_after_the_world(visit: StartVisit) -> None:
    page = await (await visit()).go("/leaderboard")
    options = await page.locator("select[name=country] option").all_inner_texts()

    assert [option.strip() for option in options[:3]] == ["Whole world", "Andorra", "Ireland"]


async def test_a_country_that_is_chosen_offers_its_states_and_a_state_its_cities(visit: StartVisit) -> None:
    page = await (await visit()).go("/leaderboard")
    await expect(page.locator("[data-place=state]")).to_be_hidden()
    await page.locator("select[name=country]").select_option("Ireland")
    await page.locator("select[name=state]").select_option("County Cork")
    await page.locator("select[name=city]").select_option("Cork")

    await expect(page.locator("[data-title]")).to_have_text("All time · Cork")
    await expect(page.locator(".card")).to_have_count(20)
    await page.locator("select[name=country]").select_option("Portugal")
    await expect(page.locator("[data-place=state]")).to_be_hidden()
    assert page.url.endswith(f"/leaderboard?country={PORTUGAL}")


@pytest.mark.parametrize(("query", "text"), EMPTY.items())
async def test_an_empty_board_says_which_it_is(visit: StartVisit, query: str, text: str) -> None:
    page = await (await visit(java_script_enabled=False)).go(f"/leaderboard?{query}")

    await expect(page.locator("[data-empty]")).to_have_text(text)
    await expect(page.locator("[data-empty]")).to_be_visible()


async def test_an_empty_board_that_is_chosen_says_the_same(visit: StartVisit) -> None:
    page = await (await visit()).go("/leaderboard")
    for query, text in EMPTY.items():
        await page.evaluate(CHOOSE, f"?{query}")
        await expect(page.locator("[data-empty]")).to_have_text(text)
        await expect(page.locator("[data-empty]")).to_be_visible()


async def test_the_keyboard_reaches_everything(visit: StartVisit) -> None:
    page = await (await visit()).go("/leaderboard")
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    await page.get_by_role("link", name="Today").focus()
    await page.keyboard.press("Enter")

    await expect(page.locator("[data-title]")).to_have_text("Today · Whole world")
    await expect(page.get_by_role("link", name="Today")).to_be_focused()
    await expect(page.locator("[data-told]")).to_have_text("Today · Whole world, page 1: 13 users")
