"""Work that a task puts off while what it needs is away."""

from collections.abc import Awaitable
from typing import TypeVar

import structlog
from pymongo.errors import PyMongoError

from app.kit.errors import Unavailable

log = structlog.get_logger()

Result = TypeVar("Result")


async def unless_away(task: str, work: Awaitable[Result]) -> Result | None:
    """The result, or None while MongoDB or another service is away: the next tick finds the same work."""
    try:
        return await work
    except (Unavailable, PyMongoError) as error:
        log.warning("task.put_off", task=task, error=type(error).__name__)
        return None
