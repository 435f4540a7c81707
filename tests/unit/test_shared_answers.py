"""Answers that many ask for at once: found out once, kept for a moment, dropped when they are wrong."""

import asyncio
from typing import Any

import pytest

from app.kit.shared_answers import Question, SharedAnswers

FIRST, SECOND = Question("a", 1), Question("a", 2)
ELSEWHERE = Question("b", 1)


class Source:
    """Counts how often it is asked, and waits at a gate."""

    def __init__(self) -> None:
        self.asked = 0
        self.gate = asyncio.Event()
        self.gate.set()

    async def __call__(self) -> int:
        self.asked += 1
        number = self.asked
        await self.gate.wait()
        return number


async def ask(answers: SharedAnswers[int], source: Any, question: Question = FIRST) -> int:
    answer, _ = await answers.ask(question, source)
    return answer


async def test_a_thousand_who_ask_at_once_cost_one_answer() -> None:
    answers: SharedAnswers[int] = SharedAnswers(kept_s=0, most=10)
    source = Source()

    found = await asyncio.gather(*(ask(answers, source) for _ in range(1_000)))

    assert (set(found), source.asked) == ({1}, 1)


async def test_an_answer_is_kept_and_gets_older() -> None:
    answers: SharedAnswers[int] = SharedAnswers(kept_s=60, most=10)
    source = Source()
    await ask(answers, source)
    await asyncio.sleep(0.02)

    answer, age_s = await answers.ask(FIRST, source)

    assert (answer, source.asked) == (1, 1)
    assert 0.02 <= age_s < 60


async def test_an_answer_is_not_kept_past_its_time() -> None:
    answers: SharedAnswers[int] = SharedAnswers(kept_s=0.01, most=10)
    source = Source()
    await ask(answers, source)
    await asyncio.sleep(0.02)

    assert await ask(answers, source) == 2


async def test_what_has_changed_is_found_out_again_and_other_things_are_not() -> None:
    answers: SharedAnswers[int] = SharedAnswers(kept_s=60, most=10)
    source = Source()
    for question in (FIRST, SECOND, ELSEWHERE):
        await ask(answers, source, question)

    answers.forget("a")

    assert [await ask(answers, source, one) for one in (FIRST, SECOND, ELSEWHERE)] == [4, 5, 3]


async def test_who_asks_after_a_change_does_not_get_what_was_being_found_out_before() -> None:
    answers: SharedAnswers[int] = SharedAnswers(kept_s=60, most=10)
    source = Source()
    source.gate.clear()
    before = asyncio.create_task(ask(answers, source))
    await asyncio.sleep(0)
    await asyncio.sleep(0)

    answers.forget("a")
    after = asyncio.create_task(ask(answers, source))
    await asyncio.sleep(0)
    source.gate.set()

    assert (await before, await after) == (1, 2)
    assert await ask(answers, source) == 2


async def test_one_who_gives_up_does_not_end_it_for_the_others() -> None:
    answers: SharedAnswers[int] = SharedAnswers(kept_s=60, most=10)
    source = Source()
    source.gate.clear()
    impatient = asyncio.create_task(ask(answers, source))
    patient = asyncio.create_task(ask(answers, source))
    await asyncio.sleep(0)

    impatient.cancel()
    await asyncio.sleep(0)
    source.gate.set()

    assert await patient == 1
    assert source.asked == 1


async def test_a_failure_reaches_everybody_and_is_not_kept() -> None:
    answers: SharedAnswers[int] = SharedAnswers(kept_s=60, most=10)

    async def fail() -> int:
        raise ValueError("away")

    failed = await asyncio.gather(*(ask(answers, fail) for _ in range(3)), return_exceptions=True)

    assert [type(one) for one in failed] == [ValueError] * 3
    assert await ask(answers, Source()) == 1


async def test_no_more_answers_are_kept_than_there_is_room_for() -> None:
    answers: SharedAnswers[int] = SharedAnswers(kept_s=60, most=2)
    source = Source()
    for number in range(3):
        await ask(answers, source, Question("a", number))

    assert await ask(answers, source, Question("a", 0)) == 4


@pytest.mark.parametrize("most", [1, 5])
async def test_the_same_question_again_takes_no_more_room(most: int) -> None:
    answers: SharedAnswers[int] = SharedAnswers(kept_s=0, most=most)
    source = Source()

    assert [await ask(answers, source) for _ in range(3)] == [1, 2, 3]
