"""Commands that work on an open deployment."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

from app.cli.target import settings_of
from app.kit.logs import configure_logs
from app.resources import Resources, open_resources

Result = TypeVar("Result")


def with_resources(data_dir: Path | None, act: Callable[[Resources], Awaitable[Result]]) -> Result:
    """What `act` returns, run with everything open that the deployment's settings name."""
    with settings_of(data_dir) as settings:
        configure_logs("warning")

        async def run() -> Result:
            # Whoever typed the command decides how long it may take.
            async with open_resources(settings, command_timeout_ms=None) as resources:
                return await act(resources)

        return asyncio.run(run())
