"""The page of listening as an administrator's browser shows it."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from axe_playwright_python.async_playwright import Axe
from conftest import HeadersBuilder, TokenBuilder
from listening_world import PLAYER, a_player_event
from playwright.async_api import Browser, Page
from visits import Site, Size, Visit, open_visit

from app.kit.clock import utc_now

pytest_plugins = ["browser_fixtures"]

PATH = "/stats"


@pytest.fixture(scope="module")
async def month(site: Site, service: HeadersBuilder) -> None:
    """On every day of a month some listen, live and on demand."""
    start = utc_now() - timedelta(hours=2)
    events = [
        a_player_event(
            start - timedelta(days=ago),
            id=f"page-{ago}-{listener}",
            user_identity=f"account.user:{listener:08X}",
            source="live" if listener % 3 else "on-demand",
            time_end=start - timedelta(days=ago) + timedelta(minutes=20 + 7 * (ago % 5)),
        )
        for ago in range(30)
        for listener in range(4 + ago % 7)
    ]
    async with httpx.AsyncClient(base_url=site.url, trust_env=False) as http:
        answer = await http.post(PLAYER, json=events, headers=service())
    assert answer.is_success, answer.text


@pytest.fixture(params=Size, ids=lambda size: size.name.lower())
async def visit(
    request: pytest.FixtureRequest,
    browser: Browser,
    site: Site,
    token: TokenBuilder,
    month: None,  # noqa: ARG001 # what there is to see
) -> AsyncIterator[Visit]:
    """An administrator's browser; what a page should never do fails the test at its end."""
    tokens = {"admin": token("ann", "admin")}
    async with open_visit(browser, site, request.param, tokens, bypass_csp=False) as visit:
        yield visit
        assert visit.offences == []


async def drawn(page: Page) -> list[dict[str, Any]]:
    """Where every part of every bar is on the screen."""
    parts: list[dict[str, Any]] = await page.eval_on_selector_all(
        ".bar rect", "parts => parts.map(part => part.getBoundingClientRect().toJSON())"
    )
    return parts


async def test_every_day_has_its_bars(visit: Visit) -> None:
    page = await visit.go(PATH)

    parts = await drawn(page)

    assert len(parts) >= 30 + 60 - 6  # a day may have no one on demand
    assert all(part["width"] > 2 and part["height"] > 1 for part in parts)


async def test_charts_and_table_are_named_for_who_cannot_see_them(visit: Visit) -> None:
    page = await visit.go(PATH)

    for name in ("Listeners per day", "Hours per day"):
        assert await page.get_by_role("img", name=name).count() == 1
    assert await page.get_by_role("region", name="Every day").get_by_role("row").count() == 32


async def test_nothing_is_wider_than_the_screen(visit: Visit) -> None:
    page = await visit.go(PATH)

    assert await page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


@pytest.mark.parametrize("size", Size, ids=lambda size: size.name.lower())
@pytest.mark.usefixtures("month")
async def test_the_page_is_accessible(browser: Browser, site: Site, token: TokenBuilder, size: Size) -> None:
    tokens = {"admin": token("ann", "admin")}
    # The checker is a script of its own, which the page's policy would not let in.
    async with open_visit(browser, site, size, tokens, bypass_csp=True) as visit:
        found = await Axe().run(await visit.go(PATH))

    assert found.violations_count == 0, found.generate_report()


@pytest.mark.usefixtures("month")
async def test_the_demo_leads_an_administrator_in(browser: Browser, site: Site) -> None:
    async with open_visit(browser, site, Size.DESKTOP, {}) as visit:
        page = await visit.go(PATH)
        await page.get_by_role("button", name="Look around as the demo admin").click()

        await page.get_by_role("img", name="Hours per day").wait_for()
