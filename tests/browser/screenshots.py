"""Pictures of every state for docs/img, by `make screenshots`; needs pngquant. By its name no test."""

import subprocess
from pathlib import Path

import pytest
from page_states import STATES, State
from visits import Size, StartVisit

pytest_plugins = ["browser_fixtures"]

IMAGES = Path(__file__).parents[2] / "docs" / "img"
LARGEST = 150 * 1024


@pytest.mark.parametrize("size", Size)
@pytest.mark.parametrize("state", STATES, ids=lambda state: state.name)
async def test_picture(visit: StartVisit, state: State, size: Size) -> None:
    visitor = await visit(size=size, signed_in=state.signed_in, reduced_motion="reduce")
    await state.reach(visitor)
    path = IMAGES / f"{state.name}-{size.value[0]}.png"
    path.write_bytes(fewer_colours(await visitor.page.screenshot()))

    assert path.stat().st_size < LARGEST


def fewer_colours(picture: bytes) -> bytes:
    """A picture in 256 colours, which is a fourth as large and looks the same."""
    return subprocess.run(
        ["pngquant", "--speed", "1", "256", "-"], input=picture, capture_output=True, check=True
    ).stdout
