"""Children kept alive: one that ends is started again, after a pause that grows while it keeps ending."""

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import suppress

from app.dev.children import Child

POLL_S = 0.05
FIRST_PAUSE_S = 0.1
LONGEST_PAUSE_S = 5.0
#: A child that lived this long was well; its next pause is the first again.
WELL_AFTER_S = 10.0


class Supervisor:
    """Watches children. All launches happen in the thread of the event loop."""

    def __init__(self, report: Callable[[str], None]) -> None:
        self._report = report
        self._watches: dict[Child, asyncio.Task[None]] = {}

    def watch(self, child: Child) -> None:
        """Keep a child that was launched already."""
        self._watches[child] = asyncio.get_running_loop().create_task(self._keep(child))

    async def stop(self, children: Sequence[Child], *, within_s: float) -> None:
        """Stop watching these children, ask them to end, and kill what is left when the time is up."""
        for child in children:
            if watch := self._watches.pop(child, None):
                watch.cancel()
                await asyncio.wait({watch})
            if child.process is not None:
                child.process.terminate()
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(within_s):
                    for child in children:
                        await ended(child)
        finally:
            for child in children:
                child.kill()

    async def _keep(self, child: Child) -> None:
        pause = FIRST_PAUSE_S
        while True:
            since = time.monotonic()
            await ended(child)
            if time.monotonic() - since > WELL_AFTER_S:
                pause = FIRST_PAUSE_S
            self._report(f"{child.name} ended; it starts again in {pause:g} s" + _place_of(child))
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE_S)
            child.launch()


async def ended(child: Child) -> None:
    """Return when the child's process has ended."""
    while child.is_running():  # noqa: ASYNC110 # no event tells of a process's end on every platform
        await asyncio.sleep(POLL_S)


def _place_of(child: Child) -> str:
    return f", see {child.log}" if child.log else ""
