"""Pictures of every state for docs/img, by `make screenshots`; needs pngquant. By its name no test."""

import subprocess
from pathlib import Path

import pytest
from conftest import TokenBuilder
from page_states import STATES, State
from playwright.async_api import Browser
from visits import Site, Size, StartVisit, Visit, open_visit

pytest_plugins = ["browser_fixtures"]

IMAGES = Path(__file__).parents[2] / "docs" / "img"
LARGEST = 150 * 1024


@pytest.mark.parametrize("size", Size)
@pytest.mark.parametrize("state", STATES, ids=lambda state: state.name)
async def test_picture(visit: StartVisit, state: State, size: Size) -> None:
    visitor = await visit(size=size, signed_in=state.signed_in, reduced_motion="reduce")
    await state.reach(visitor)

    assert await keep(visitor, state.name, size) < LARGEST


@pytest.mark.parametrize("size", Size)
@pytest.mark.usefixtures("listening_month")
async def test_picture_of_listening(browser: Browser, site: Site, token: TokenBuilder, size: Size) -> None:
    async with open_visit(browser, site, size, {"admin": token("ann", "admin")}) as visitor:
        await visitor.go("/stats")

        assert await keep(visitor, "stats", size) < LARGEST


async def keep(visitor: Visit, name: str, size: Size) -> int:
    """A picture of what is on the screen; returns the bytes it takes."""
    path = IMAGES / f"{name}-{size.value[0]}.png"
    return path.write_bytes(fewer_colours(await visitor.page.screenshot()))


def fewer_colours(picture: bytes) -> bytes:
    """A picture in 256 colours, which is a fourth as large and looks the same."""
    return subprocess.run(
        ["pngquant", "--speed", "1", "256", "-"], input=picture, capture_output=True, check=True
    ).stdout
