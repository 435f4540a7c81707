"""Group commit: what arrives while earlier work is under way goes together with the next.

Nobody waits for a timer. An idle gathering starts at once; a busy one makes larger batches, so the
cost of a round trip is shared by more callers the more callers there are.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

Item = TypeVar("Item")
Answer = TypeVar("Answer")

Work = Callable[[Sequence[Item]], Awaitable[Sequence[Answer | Exception]]]


class Gathering(Generic[Item, Answer]):
    """Runs `work` on batches of submitted items, one batch at a time, in the order they came.

    `work` answers each item in order, with an answer or with the exception its caller gets.
    """

    def __init__(self, work: Work[Item, Answer], *, most: int = 512) -> None:
        self._work = work
        self._most = most
        self._waiting: list[tuple[Item, asyncio.Future[Answer]]] = []
        self._running: asyncio.Task[None] | None = None
        self._scheduled = False

    def submit(self, item: Item) -> asyncio.Future[Answer]:
        """Queue one item; the future is its answer. A caller that gives up does not stop the work."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Answer] = loop.create_future()
        self._waiting.append((item, future))
        if not self._scheduled and self._running is None:
            # The rest of this turn of the event loop may bring more items for the same batch.
            self._scheduled = True
            loop.call_soon(self._start)
        return future

    async def drain(self) -> None:
        """Wait until everything submitted so far is answered."""
        while self._running is not None or self._waiting:
            await asyncio.sleep(0)
            if self._running is not None:
                await asyncio.wait([self._running])

    def _start(self) -> None:
        self._scheduled = False
        batch, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
        self._running = asyncio.get_running_loop().create_task(self._run(batch))
        self._running.add_done_callback(self._ended)

    def _ended(self, _: asyncio.Task[None]) -> None:
        self._running = None
        if self._waiting:
            self._start()

    async def _run(self, batch: list[tuple[Item, asyncio.Future[Answer]]]) -> None:
        try:
            answers = await self._work([item for item, _ in batch])
        except Exception as error:  # noqa: BLE001 # whatever it was, every caller of the batch hears of it
            answers = [error] * len(batch)
        except asyncio.CancelledError:
            for _, future in batch:
                future.cancel()
            raise
        for (_, future), answer in zip(batch, answers, strict=True):
            if future.done():  # the caller went away
                continue
            if isinstance(answer, Exception):
                future.set_exception(answer)
            else:
                future.set_result(answer)
