"""The states a page can be in, each with the way to it: what screenshots show and axe looks at."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from page_world import IRELAND, LEAGUE, NOWHERE, OPEN_BOARD
from playwright.async_api import Route, expect
from visits import XP_API, Visit

Way = Callable[[Visit], Awaitable[None]]


@dataclass(frozen=True)
class State:
    """A state of a page, and how a browser gets there."""

    name: str
    reach: Way
    signed_in: bool = True


def at(path: str) -> Way:
    """Just an address."""

    async def reach(visit: Visit) -> None:
        await visit.go(path)
        live = visit.page.locator("[data-live]")
        if await live.count() and await visit.page.locator("[data-cards] > .card").count():
            await expect(live).to_have_attribute("data-on", "true")

    return reach


async def _loading(visit: Visit) -> None:
    await visit.go("/leaderboard")

    async def never(_: Route) -> None:
        await asyncio.sleep(0)

    await visit.page.route(XP_API, never)
    await _choose_today(visit)
    await expect(visit.page.locator(".spinner")).to_be_visible()


async def _error(visit: Visit) -> None:
    await visit.go("/leaderboard")
    await visit.fail()
    await _choose_today(visit)
    await expect(visit.page.get_by_role("button", name="Retry")).to_be_visible()


async def _game_error(visit: Visit) -> None:
    await visit.go(f"/leaderboard?tab=game&leaderboardId={LEAGUE}")
    await visit.fail("**/leaderboard/standing?*")
    await visit.page.locator("select[name=leaderboardId]").select_option(OPEN_BOARD)
    await expect(visit.page.get_by_role("button", name="Retry")).to_be_visible()


async def _diamonds_error(visit: Visit) -> None:
    await visit.go("/leaderboard?tab=diamonds")
    await visit.fail("**/sessions/*/leaderboard?*")
    await _choose_luc(visit)
    await expect(visit.page.get_by_role("button", name="Retry")).to_be_visible()


async def _diamonds_empty(visit: Visit) -> None:
    await visit.go("/leaderboard?tab=diamonds")
    await _choose_luc(visit)
    await expect(visit.page.locator("[data-empty]")).to_be_visible()


async def _choose_luc(visit: Visit) -> None:
    """To whom nobody gives."""
    await visit.page.locator("select[name=session]").select_option(label="Luc · Along the canal")


async def _choose_today(visit: Visit) -> None:
    """By pill or by select, whichever there is."""
    pill = visit.page.locator("[data-time=today]")
    if await pill.is_visible():
        await pill.click()
    else:
        await visit.page.locator("select[name=timeFilter]").select_option("today")


async def _sign_in_refused(visit: Visit) -> None:
    page = await visit.go("/sign-in")
    await page.get_by_label("Token").fill("a.b.c")
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.locator("#trouble")).to_be_visible()


STATES = (
    State("gate", at("/leaderboard"), signed_in=False),
    State("sign-in", _sign_in_refused, signed_in=False),
    State("xp", at("/leaderboard")),
    State("xp-place", at(f"/leaderboard?timeFilter=last-month&country={IRELAND}")),
    State("xp-last-page", at("/leaderboard?page=3")),
    State("xp-loading", _loading),
    State("xp-error", _error),
    State("xp-empty", at(f"/leaderboard?timeFilter=today&country={NOWHERE}")),
    State("game", at(f"/leaderboard?tab=game&leaderboardId={LEAGUE}")),
    State("game-error", _game_error),
    State("diamonds", at("/leaderboard?tab=diamonds")),
    State("diamonds-empty", _diamonds_empty),
    State("diamonds-error", _diamonds_error),
)
