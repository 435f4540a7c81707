"""The page of listening, before a browser has it."""

import re
from datetime import timedelta

import httpx
import pytest
from conftest import ACCOUNT, TokenBuilder
from listening_world import Statistics, a_player_event

from app.kit.clock import utc_now

pytest_plugins = ["listening_fixtures"]

ADMIN = "__Host-laurel_admin"
PLAYER = "__Host-laurel_player"


async def page(statistics: Statistics, **cookies: str) -> str:
    """The page that a browser with these cookies gets."""
    shown = "; ".join(f"{name}={value}" for name, value in cookies.items())
    answer = await statistics.http.get("/stats", headers={"Cookie": shown} if shown else {})
    assert answer.status_code == 200
    return answer.text


@pytest.fixture
def as_admin(token: TokenBuilder) -> dict[str, str]:
    return {ADMIN: token("ann", "admin")}


async def hear(statistics: Statistics) -> None:
    """An hour live and half an hour on demand, in the hours before now."""
    start = utc_now() - timedelta(hours=3)
    await statistics.play(
        a_player_event(start, time_end=start + timedelta(hours=1), source="live"),
        a_player_event(start + timedelta(hours=1), time_end=start + timedelta(hours=1.5)),
    )


async def test_who_is_not_signed_in_sees_the_way_in_and_no_figures(statistics: Statistics) -> None:
    await hear(statistics)

    shown = await page(statistics)

    assert "Sign in to see who listens." in shown
    assert "<svg role" not in shown


async def test_who_is_no_administrator_is_told_so(statistics: Statistics, token: TokenBuilder) -> None:
    await hear(statistics)

    shown = await page(statistics, **{PLAYER: token(ACCOUNT)})

    assert "not as an administrator" in shown
    assert "<svg role" not in shown


async def test_without_events_the_page_says_so(statistics: Statistics, as_admin: dict[str, str]) -> None:
    assert "Nobody has listened in the last month." in await page(statistics, **as_admin)


async def test_an_administrator_sees_listeners_and_hours_live_and_on_demand(
    statistics: Statistics, as_admin: dict[str, str]
) -> None:
    await hear(statistics)

    shown = await page(statistics, **as_admin)

    rows = re.findall(r'<tr><th scope="row">.*?</tr>', shown, re.DOTALL)
    cells = {tuple(re.findall(r"<td>(.*?)</td>", row)) for row in rows}
    assert len(rows) == 31
    nobody = ("0",) * 6
    assert nobody in cells
    assert cells - {nobody} <= {
        ("1", "1", "1", "1.5", "1", "0.5"),
        ("1", "1", "0", "1", "1", "0"),  # a day has started in between
        ("1", "0", "1", "0.5", "0", "0.5"),
    }
    assert shown.count('<g class="bar">') == 62


async def test_charts_have_a_title_and_a_description(
    statistics: Statistics, as_admin: dict[str, str]
) -> None:
    await hear(statistics)

    shown = await page(statistics, **as_admin)

    named = re.findall(r'<svg role="img" aria-labelledby="(\S+) (\S+)"', shown)
    assert len(named) == 2
    assert all(f'<title id="{title}">' in shown and f'<desc id="{desc}">' in shown for title, desc in named)


async def test_there_is_nothing_inline(statistics: Statistics, as_admin: dict[str, str]) -> None:
    await hear(statistics)
    answer = await statistics.http.get("/stats", headers={"Cookie": f"{ADMIN}={as_admin[ADMIN]}"})

    assert re.search(r"\sstyle=|<style|<script(?![^>]*\ssrc=)|\son\w+=", answer.text) is None
    assert "default-src 'none'" in answer.headers["content-security-policy"]


async def test_the_page_has_no_slash_at_its_end(statistics: Statistics) -> None:
    answer: httpx.Response = await statistics.http.get("/stats/")

    assert answer.status_code == 404
