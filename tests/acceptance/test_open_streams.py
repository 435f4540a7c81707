"""A process that is told to stop while somebody listens."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from dev_process import a_process
from event_source import listening

from app.dev.children import Child
from app.settings import Settings

FEED = "feed@user_livestream-global"


@pytest.fixture
async def process(settings: Settings, tmp_path: Path) -> AsyncIterator[tuple[Child, httpx.AsyncClient]]:
    """`laurel api` as a process of its own."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    child = a_process("api", settings, "--port", str(port), log=tmp_path / "api.log")
    child.launch()
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=30) as http:
        async with asyncio.timeout(30):
            while not await _is_ready(http):  # noqa: ASYNC110 # nothing tells of it
                await asyncio.sleep(0.1)
        yield child, http
    child.kill()


async def test_a_process_with_open_streams_stops_in_time_and_ends_them(
    process: tuple[Child, httpx.AsyncClient], tmp_path: Path
) -> None:
    child, http = process
    async with listening(http, FEED) as one, listening(http, FEED) as two:
        await one.next()
        await two.next()
        assert child.process is not None
        child.process.terminate()
        began = time.monotonic()
        ends = [await one.ends(), await two.ends()]
    stopped = await asyncio.to_thread(child.process.wait, 10)

    assert ends == [True, True]
    assert time.monotonic() - began < 5
    assert stopped in {0, -15}
    assert "Traceback" not in (tmp_path / "api.log").read_text()


async def _is_ready(http: httpx.AsyncClient) -> bool:
    try:
        return (await http.get("/readyz")).is_success
    except httpx.HTTPError:
        return False
