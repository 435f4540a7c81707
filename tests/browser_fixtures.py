"""A real service with people in it, and a browser that looks at it."""

import asyncio
import os
import shutil
import socket
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import page_world
import pytest
from conftest import SECRET, HeadersBuilder, TokenBuilder
from listening_world import PLAYER, a_player_event
from page_world import PageWorld
from playwright.async_api import Browser, async_playwright
from visits import Site, Size, StartVisit, Visit, open_visit

from app.dev.children import Child
from app.dev.servers import Server, start_redis
from app.kit.clock import utc_now

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
HOW_TO_GET_IT = "no chromium on this machine: `apt-get install chromium`, then run the tests again"
OPTIONS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
READY_WITHIN_S = 30.0


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    """One browser for all tests; each has a context of its own in it."""
    if CHROMIUM is None:
        if os.environ.get("CI"):
            pytest.fail(HOW_TO_GET_IT)
        pytest.skip(HOW_TO_GET_IT)
    async with async_playwright() as playwright:
        launched = await playwright.chromium.launch(executable_path=CHROMIUM, args=list(OPTIONS))
        yield launched
        await launched.close()


@pytest.fixture(scope="session")
def own_redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A Redis that no other test flushes."""
    server = start_redis(tmp_path_factory.mktemp("redis-of-pages"))
    yield server
    server.kill()


@pytest.fixture(scope="session")
def site(mongodb_uri: str, own_redis: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The API as a process of its own."""
    log = tmp_path_factory.mktemp("service-of-pages") / "api.log"
    with socket.create_server(("127.0.0.1", 0)) as listener:
        variables = {
            "LAUREL_ENVIRONMENT": "development",
            "LAUREL_MONGODB_URI": mongodb_uri,
            "LAUREL_MONGODB_DATABASE": f"pages_{uuid4().hex[:12]}",
            "LAUREL_REDIS_URL": own_redis.uri,
            "LAUREL_JWT_SECRET": SECRET,
        }
        child = Child(
            name="api",
            command=[sys.executable, "-m", "app.cli", "api", "--fd", str(listener.fileno())],
            log=log,
            environment={**os.environ, **variables},
            descriptors=[listener.fileno()],
        )
        child.launch()
        running = Site(f"http://127.0.0.1:{listener.getsockname()[1]}", child)
        _wait_until_ready(running, log)
        yield running
        child.stop()


def _wait_until_ready(site: Site, log: Path) -> None:
    deadline = time.monotonic() + READY_WITHIN_S
    while True:
        try:
            if httpx.get(f"{site.url}/readyz", trust_env=False).is_success:
                return
        except httpx.HTTPError:
            pass
        assert site.child.is_running(), log.read_text()
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.05)


@pytest.fixture(scope="session")
async def people(
    site: Site, player: HeadersBuilder, admin: HeadersBuilder, service: HeadersBuilder
) -> AsyncIterator[PageWorld]:
    """People with XP, shards and sessions, all brought in through the API; the same for every test."""
    async with httpx.AsyncClient(base_url=site.url, trust_env=False, timeout=30) as http:
        world = PageWorld(http, player, admin, service)
        await world.fill()
        yield world


@pytest.fixture(scope="session")
async def listening_month(site: Site, service: HeadersBuilder) -> None:
    """On every day of a month some listen, live and on demand."""
    start = utc_now() - timedelta(hours=2)
    events = [
        a_player_event(
            start - timedelta(days=ago),
            id=f"page-{ago}-{listener}",
            user_identity=f"account.user:{listener % 8:08X}",
            source="live" if listener % 3 else "on-demand",
            time_end=start - timedelta(days=ago) + timedelta(minutes=20 + 7 * (ago % 5)),
        )
        for ago in range(30)
        for listener in range(4 + ago % 7)
    ]
    async with httpx.AsyncClient(base_url=site.url, trust_env=False) as http:
        answer = await http.post(PLAYER, json=events, headers=service())
    assert answer.is_success, answer.text


@pytest.fixture
async def visit(
    browser: Browser,
    site: Site,
    people: PageWorld,  # noqa: ARG001 # whom the pages show
    token: TokenBuilder,
) -> AsyncIterator[StartVisit]:
    """Opens pages; what a page should never do fails the test at its end."""
    async with AsyncExitStack() as stack:
        opened: list[Visit] = []

        async def start(*, size: Size = Size.DESKTOP, signed_in: bool = True, **options: Any) -> Visit:
            tokens = {"xp": token(page_world.ME), "player": token(page_world.PLAYER)} if signed_in else {}
            opened.append(await stack.enter_async_context(open_visit(browser, site, size, tokens, **options)))
            return opened[-1]

        yield start
        await asyncio.sleep(0)
        assert [offence for one in opened for offence in one.offences] == []
