"""Two processes' games on one database, for tests that drive them turn by turn."""

import asyncio
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import Any

from game_driver import Driver

from app.resources import Resources, open_resources
from app.settings import Settings


@contextmanager
def two_writers(runner: asyncio.Runner, settings: Settings) -> Iterator[list[Driver]]:
    """Two games."""
    with two_resources(runner, settings) as resources:
        yield [Driver(one.game) for one in resources]


@contextmanager
def two_resources(runner: asyncio.Runner, settings: Settings) -> Iterator[list[Resources]]:
    """All that two processes have open; opened last is closed last, since models are bound to its client."""
    opened = [open_resources(settings), open_resources(settings)]
    resources = [runner.run(_enter(one)) for one in opened]
    try:
        yield resources
    finally:
        for one in opened:
            runner.run(_leave(one))


async def settled(*calls: Coroutine[Any, Any, Any]) -> list[Any]:
    """What all calls answer or raise, made at once."""
    return await asyncio.gather(*calls, return_exceptions=True)


async def _enter(manager: Any) -> Any:
    return await manager.__aenter__()


async def _leave(manager: Any) -> None:
    await manager.__aexit__(None, None, None)
