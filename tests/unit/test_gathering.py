"""Group commit: batches, their order, and what each caller hears."""

import asyncio
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.kit.gathering import Gathering


class Workshop:
    """Work that echoes its items, and stands still at a gate while the gate is shut."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.under_way: list[list[str]] = []
        self.most_at_once = 0
        self.gate = asyncio.Event()
        self.gate.set()

    async def __call__(self, items: Sequence[str]) -> Sequence[str | Exception]:
        batch = list(items)
        self.batches.append(batch)
        self.under_way.append(batch)
        self.most_at_once = max(self.most_at_once, len(self.under_way))
        await self.gate.wait()
        self.under_way.remove(batch)
        return [KeyError(item) if item.startswith("bad") else item.upper() for item in batch]


async def a_turn() -> None:
    """Let what is ready run."""
    for _ in range(5):
        await asyncio.sleep(0)


async def test_what_is_submitted_in_one_turn_shares_a_batch() -> None:
    workshop = Workshop()
    gathering = Gathering(workshop)

    await asyncio.gather(gathering.submit("a"), gathering.submit("b"), gathering.submit("c"))

    assert workshop.batches == [["a", "b", "c"]]


async def test_an_idle_gathering_waits_for_no_timer() -> None:
    workshop = Workshop()
    gathering = Gathering(workshop)

    answer = gathering.submit("a")
    await a_turn()

    assert answer.done()


async def test_what_arrives_while_a_batch_is_under_way_goes_together_with_the_next() -> None:
    workshop = Workshop()
    gathering = Gathering(workshop)
    workshop.gate.clear()

    answers = [gathering.submit("a")]
    for item in "bcd":
        await a_turn()
        answers.append(gathering.submit(item))
    workshop.gate.set()
    await asyncio.gather(*answers)

    assert workshop.batches == [["a"], ["b", "c", "d"]]


async def test_one_batch_runs_at_a_time() -> None:
    workshop = Workshop()
    gathering = Gathering(workshop, most=1)
    workshop.gate.clear()

    answers = [gathering.submit(item) for item in "abcdef"]
    await a_turn()
    running = [list(batch) for batch in workshop.under_way]
    workshop.gate.set()
    await asyncio.gather(*answers)

    assert (running, workshop.most_at_once) == ([["a"]], 1)


async def test_a_batch_takes_no_more_than_it_may() -> None:
    workshop = Workshop()
    gathering = Gathering(workshop, most=2)

    await asyncio.gather(*(gathering.submit(item) for item in "abcde"))

    assert workshop.batches == [["a", "b"], ["c", "d"], ["e"]]


async def test_each_caller_gets_the_answer_to_its_own_item() -> None:
    gathering = Gathering(Workshop(), most=3)

    answers = await asyncio.gather(*(gathering.submit(item) for item in "abcdefgh"))

    assert answers == list("ABCDEFGH")


async def test_an_items_own_exception_reaches_its_caller_only() -> None:
    gathering = Gathering(Workshop())

    outcomes = await asyncio.gather(
        gathering.submit("a"), gathering.submit("bad"), gathering.submit("b"), return_exceptions=True
    )

    assert [type(outcome) for outcome in outcomes] == [str, KeyError, str]


async def test_work_that_fails_fails_every_caller_of_its_batch() -> None:
    async def broken(_: Sequence[str]) -> Sequence[str]:
        raise OSError

    gathering = Gathering(broken)

    outcomes = await asyncio.gather(gathering.submit("a"), gathering.submit("b"), return_exceptions=True)

    assert [type(outcome) for outcome in outcomes] == [OSError, OSError]


async def test_failed_work_does_not_stop_what_comes_after() -> None:
    attempts = 0

    async def broken_once(items: Sequence[str]) -> Sequence[str]:
        nonlocal attempts
        attempts += 1
        if attempts == 1:
            raise OSError
        return items

    gathering = Gathering(broken_once)
    with pytest.raises(OSError):  # noqa: PT011 # it says nothing
        await gathering.submit("a")

    assert await gathering.submit("a") == "a"


async def test_a_caller_that_gives_up_does_not_stop_its_item() -> None:
    workshop = Workshop()
    gathering = Gathering(workshop)

    gathering.submit("a").cancel()
    await gathering.drain()

    assert workshop.batches == [["a"]]


async def test_a_caller_that_gives_up_takes_nobody_along() -> None:
    workshop = Workshop()
    gathering = Gathering(workshop)
    workshop.gate.clear()

    leaving, staying = gathering.submit("a"), gathering.submit("b")
    await a_turn()
    leaving.cancel()
    workshop.gate.set()

    assert await staying == "B"


async def test_a_drained_gathering_has_answered_everything() -> None:
    gathering = Gathering(Workshop(), most=1)

    answers = [gathering.submit(item) for item in "abc"]
    await gathering.drain()

    assert all(answer.done() for answer in answers)


@settings(max_examples=60, deadline=None)
@given(pauses=st.lists(st.integers(0, 3), max_size=40), most=st.integers(1, 5))
def test_whatever_the_traffic_items_are_worked_on_in_order_and_one_batch_at_a_time(
    pauses: list[int], most: int
) -> None:
    done: list[int] = []
    running = 0
    most_at_once = 0

    async def work(batch: Sequence[int]) -> Sequence[int]:
        nonlocal running, most_at_once
        running += 1
        most_at_once = max(most_at_once, running)
        await asyncio.sleep(0)
        running -= 1
        done.extend(batch)
        return batch

    async def traffic() -> list[int]:
        gathering = Gathering(work, most=most)
        answers = []
        for number, pause in enumerate(pauses):
            answers.append(gathering.submit(number))
            for _ in range(pause):
                await asyncio.sleep(0)
        return await asyncio.gather(*answers)

    answers = asyncio.run(traffic())

    assert answers == done == list(range(len(pauses)))
    assert most_at_once <= 1
