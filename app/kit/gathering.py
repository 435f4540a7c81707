"""Group commit: what arrives while earlier work is under way goes together with the next.

Nobody waits for a timer. An idle gathering starts at once; a busy one makes larger batches, so the
cost of a round trip is shared by more callers the more callers there are.
"""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Sequence
from typing import Generic, TypeVar

Item = TypeVar("Item")
Answer = TypeVar("Answer")

Work = Callable[[Sequence[Item]], Awaitable[Sequence[Answer | Exception]]]


class Gathering(Generic[Item, Answer]):
    """Runs `work` on batches of submitted items, `lanes` batches at a time.

    `work` answers each item in order, with an answer or with the exception its caller gets. Items with
    the same `key` may share a batch but are never in two running batches, so one entry is written by
    one batch at a time.
    """

    def __init__(
        self,
        work: Work[Item, Answer],
        *,
        key: Callable[[Item], Hashable] | None = None,
        lanes: int = 1,
        most: int = 512,
    ) -> None:
        self._work = work
        self._key = key
        self._lanes = lanes
        self._most = most
        self._waiting: list[tuple[Item, asyncio.Future[Answer]]] = []
        self._busy: set[Hashable] = set()
        self._running: set[asyncio.Task[None]] = set()
        self._scheduled = False

    def submit(self, item: Item) -> asyncio.Future[Answer]:
        """Queue one item; the future is its answer. A caller that gives up does not stop the work."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Answer] = loop.create_future()
        self._waiting.append((item, future))
        if not self._scheduled and len(self._running) < self._lanes:
            # The rest of this turn of the event loop may bring more items for the same batch.
            self._scheduled = True
            loop.call_soon(self._start)
        return future

    async def drain(self) -> None:
        """Wait until everything submitted so far is answered."""
        while self._running or self._waiting:
            await asyncio.sleep(0)
            if self._running:
                await asyncio.wait(self._running)

    def _start(self) -> None:
        self._scheduled = False
        while len(self._running) < self._lanes and (batch := self._take()):
            task = asyncio.get_running_loop().create_task(self._run(batch))
            self._running.add(task)
            task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        self._start()

    def _take(self) -> list[tuple[Item, asyncio.Future[Answer]]]:
        key = self._key
        batch: list[tuple[Item, asyncio.Future[Answer]]]
        if key is None:
            batch, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
            return batch
        batch = []
        left: list[tuple[Item, asyncio.Future[Answer]]] = []
        for waiting in self._waiting:
            free = len(batch) < self._most and key(waiting[0]) not in self._busy
            (batch if free else left).append(waiting)
        self._waiting = left
        self._busy.update(key(item) for item, _ in batch)
        return batch

    async def _run(self, batch: list[tuple[Item, asyncio.Future[Answer]]]) -> None:
        try:
            answers = await self._work([item for item, _ in batch])
        except Exception as error:  # noqa: BLE001 # whatever it was, every caller of the batch hears of it
            answers = [error] * len(batch)
        finally:
            if self._key is not None:
                self._busy.difference_update(self._key(item) for item, _ in batch)
        for (_, future), answer in zip(batch, answers, strict=True):
            if future.done():  # the caller went away
                continue
            if isinstance(answer, Exception):
                future.set_exception(answer)
            else:
                future.set_result(answer)
