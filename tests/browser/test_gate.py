"""Getting in and out: whoever is not signed in sees the way in, and nothing is read for them."""

import pytest
from conftest import TokenBuilder
from page_world import ME
from playwright.async_api import expect
from visits import Size, StartVisit

pytest_plugins = ["browser_fixtures"]

TABS = ["/leaderboard", "/leaderboard?tab=game", "/leaderboard?tab=diamonds"]


@pytest.mark.parametrize("size", Size)
@pytest.mark.parametrize("path", TABS)
async def test_who_is_not_signed_in_sees_the_gate_and_nothing_is_asked(
    visit: StartVisit, size: Size, path: str
) -> None:
    """30.10: logged out, there is the gate and not one call of the API."""
    visitor = await visit(size=size, signed_in=False)
    page = await visitor.go(path)

    await expect(page.get_by_role("heading", name="Sign up to see the leaderboard")).to_be_visible()
    await expect(page.get_by_role("link", name="Sign up or sign in")).to_have_attribute("href", "/sign-in")
    await page.wait_for_load_state("networkidle")
    assert visitor.asked == []


async def test_the_first_address_leads_to_the_leaderboard(visit: StartVisit) -> None:
    visitor = await visit()
    page = await visitor.go("/")

    assert page.url == visitor.site.url + "/leaderboard"


async def test_one_click_looks_around_as_a_demo_user(visit: StartVisit) -> None:
    page = await (await visit(signed_in=False)).go("/leaderboard")
    await page.get_by_role("button", name="Look around as a demo user").click()

    await expect(page.locator(".card.own")).to_contain_text("You")


async def test_signing_out_ends_at_the_gate(visit: StartVisit) -> None:
    page = await (await visit()).go("/leaderboard")
    await page.get_by_role("button", name="Sign out").click()

    await expect(page.locator("[data-gate]")).to_be_visible()


async def test_a_token_signs_in(visit: StartVisit, token: TokenBuilder) -> None:
    page = await (await visit(signed_in=False)).go("/sign-in")
    await page.get_by_label("Token").fill(token(ME))
    await page.get_by_role("button", name="Sign in").click()

    await expect(page.locator("[data-stat=rank]")).to_have_text("5th")


async def test_a_wrong_token_is_told_so(visit: StartVisit) -> None:
    page = await (await visit(signed_in=False)).go("/sign-in")
    await page.get_by_label("Token").fill("a.b.c")
    await page.get_by_label("Token").press("Enter")

    await expect(page.get_by_role("alert")).to_have_text("This token is not valid, or not any longer.")


async def test_a_session_that_ends_meanwhile_ends_at_the_gate(visit: StartVisit) -> None:
    page = await (await visit()).go("/leaderboard")
    await page.context.clear_cookies()
    await page.locator("[data-time=today]").click()

    await expect(page.locator("[data-gate]")).to_be_visible()
