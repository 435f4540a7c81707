"""The page of listening as an administrator's browser shows it."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from axe_playwright_python.async_playwright import Axe
from conftest import TokenBuilder
from playwright.async_api import Browser, Page
from visits import Site, Size, Visit, open_visit

pytest_plugins = ["browser_fixtures"]

PATH = "/stats"


@pytest.fixture(params=Size, ids=lambda size: size.name.lower())
async def visit(
    request: pytest.FixtureRequest,
    browser: Browser,
    site: Site,
    token: TokenBuilder,
    listening_month: None,  # noqa: ARG001 # what there is to see
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

    assert len(parts) >= 60 + 60 - 6  # a day may have no one on demand
    assert all(part["width"] > 2 and part["height"] > 1 for part in parts)


async def test_charts_and_table_are_named_for_who_cannot_see_them(visit: Visit) -> None:
    page = await visit.go(PATH)

    for name in ("Listeners per day", "Hours per day"):
        assert await page.get_by_role("img", name=name).count() == 1
    assert await page.get_by_role("region", name="Every day").get_by_role("row").count() == 2 + 31


async def test_nothing_is_wider_than_the_screen(visit: Visit) -> None:
    page = await visit.go(PATH)

    assert await page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


@pytest.mark.parametrize("size", Size, ids=lambda size: size.name.lower())
@pytest.mark.usefixtures("listening_month")
async def test_the_page_is_accessible(browser: Browser, site: Site, token: TokenBuilder, size: Size) -> None:
    tokens = {"admin": token("ann", "admin")}
    # The checker is a script of its own, which the page's policy would not let in.
    async with open_visit(browser, site, size, tokens, bypass_csp=True) as visit:
        found = await Axe().run(await visit.go(PATH))

    assert found.violations_count == 0, found.generate_report()


@pytest.mark.usefixtures("listening_month")
async def test_the_demo_leads_an_administrator_in(browser: Browser, site: Site) -> None:
    async with open_visit(browser, site, Size.DESKTOP, {}) as visit:
        page = await visit.go(PATH)
        await page.get_by_role("button", name="Look around as the demo admin").click()

        await page.get_by_role("img", name="Hours per day").wait_for()
