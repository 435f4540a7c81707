"""An ASGI application's lifespan, driven as a server drives it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any


@asynccontextmanager
async def running(app: Any) -> AsyncIterator[None]:
    """Start the application, and stop it afterwards; a failed start or stop fails the test."""
    to_app: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    from_app: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    scope = {"type": "lifespan", "asgi": {"version": "3.0", "spec_version": "2.0"}, "state": {}}
    task = asyncio.create_task(app(scope, to_app.get, from_app.put))
    await _exchange("startup", task, to_app, from_app)
    yield
    await _exchange("shutdown", task, to_app, from_app)
    await task


async def _exchange(
    phase: str,
    task: asyncio.Task[None],
    to_app: asyncio.Queue[dict[str, Any]],
    from_app: asyncio.Queue[dict[str, Any]],
) -> None:
    await to_app.put({"type": f"lifespan.{phase}"})
    answer = asyncio.create_task(from_app.get())
    await asyncio.wait({answer, task}, return_when=asyncio.FIRST_COMPLETED)
    if not answer.done():
        answer.cancel()
        task.result()
        raise RuntimeError(f"the application ended before its {phase} was complete")
    if answer.result()["type"] != f"lifespan.{phase}.complete":
        raise RuntimeError(answer.result().get("message", f"{phase} failed"))
