"""Answers that many ask for at once: found out once, shared for a moment, and never past it."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked; `about` is the thing whose change makes answers useless."""

    about: Hashable
    details: Hashable


@dataclass(slots=True)
class _Found(Generic[Answer]):
    begun_at: float
    finding: "asyncio.Task[Answer]"


class SharedAnswers(Generic[Answer]):
    """The last `most` answers of one process, each shared until `kept_s` after the work on it began.

    Whoever asks while the work is under way waits for it. What fails, fails for all who wait, and is not
    kept.
    """

    def __init__(self, *, kept_s: float, most: int) -> None:
        self._kept_s = kept_s
        self._most = most
        self._found: OrderedDict[Question, _Found[Answer]] = OrderedDict()

    async def ask(
        self, question: Question, find_out: Callable[[], Awaitable[Answer]]
    ) -> tuple[Answer, float]:
        """The answer, and how many seconds ago the work on it began."""
        loop = asyncio.get_running_loop()
        found = self._found.get(question)
        if found is None or (found.finding.done() and loop.time() - found.begun_at >= self._kept_s):
            found = _Found(loop.time(), asyncio.ensure_future(_as_task(find_out)))
            self._keep(question, found)
        # One who gives up must not end it for the others.
        answer = await asyncio.shield(found.finding)
        return answer, loop.time() - found.begun_at

    def forget(self, about: Hashable) -> None:
        """That has changed: who asks from now on gets an answer that knows."""
        for question in [question for question in self._found if question.about == about]:
            del self._found[question]

    def _keep(self, question: Question, found: _Found[Answer]) -> None:
        self._found[question] = found
        self._found.move_to_end(question)
        while len(self._found) > self._most:
            self._found.popitem(last=False)
        found.finding.add_done_callback(lambda finding: self._drop_failed(question, finding))

    def _drop_failed(self, question: Question, finding: "asyncio.Task[Answer]") -> None:
        if not finding.cancelled() and finding.exception() is None:
            return
        found = self._found.get(question)
        if found is not None and found.finding is finding:
            del self._found[question]


async def _as_task(find_out: Callable[[], Awaitable[Answer]]) -> Answer:
    return await find_out()
