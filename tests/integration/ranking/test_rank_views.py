"""What a process remembers of boards, and when it has to be told again."""

import asyncio
import gc
from collections.abc import AsyncIterator, Sequence

import pytest
from board_builders import account, in_batches, line, new_board_id, opened_index, players, ranked
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.ranking import views as module
from app.ranking.index import Change, RankedLine, RankIndex, View
from app.ranking.rebuild import rebuild

SMALL, LARGE = 150, 250
BOTH = pytest.mark.parametrize("size", [SMALL, LARGE])


@pytest.fixture
async def index(redis_url: str) -> AsyncIterator[RankIndex]:
    async with opened_index(redis_url) as opened:
        yield opened


async def board_of(index: RankIndex, size: int) -> str:
    board_id = new_board_id()
    await index.open(board_id)
    await index.submit(players(board_id, size))
    return board_id


async def views_of(index: RankIndex, board_id: str, numbers: Sequence[int]) -> list[View | None]:
    return await index.views([(board_id, account(number)) for number in numbers])


async def told_anew(redis_url: str, board_id: str, numbers: Sequence[int]) -> list[View | None]:
    """What a process says that knows nothing yet."""
    async with opened_index(redis_url) as fresh:
        return await views_of(fresh, board_id, numbers)


def same_lines(one: View | None, other: View | None) -> bool:
    """Whether two views have the very same lists of lines."""
    assert one is not None
    assert other is not None
    return one.nearby is other.nearby and one.top is other.top and one.all_lines is other.all_lines


@BOTH
async def test_lines_of_a_board_that_has_not_changed_are_the_same_objects(
    index: RankIndex, size: int
) -> None:
    board_id = await board_of(index, size)
    (first,) = await views_of(index, board_id, [20])

    (again,) = await views_of(index, board_id, [20])

    assert again == first
    assert same_lines(again, first)


@BOTH
async def test_callers_that_come_later_share_the_best_lines(index: RankIndex, size: int) -> None:
    board_id = await board_of(index, size)
    (first,) = await views_of(index, board_id, [20])

    known, new = await views_of(index, board_id, [20, 7])

    assert first is not None
    assert new is not None
    assert same_lines(known, first)
    assert new.top is first.top


CHANGES: dict[str, Change] = {
    "a better score": line("", 20, 99_999, version=2),
    "the same score, later": line("", 1, 10, version=2, last_updated=2_000_000_000_000),
    "a line gone": line("", 1, 10, version=2, present=False),
    "a line that is new": line("", 999, 99_999),
    "a line far from everybody": line("", 30, 0, version=2),
}


@BOTH
@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
async def test_after_any_change_views_are_as_of_now(
    index: RankIndex, redis_url: str, size: int, change: Change
) -> None:
    board_id = await board_of(index, size)
    await views_of(index, board_id, [1, 2, 20])

    await index.submit([change._replace(board_id=board_id)])

    assert await views_of(index, board_id, [1, 2, 20]) == await told_anew(redis_url, board_id, [1, 2, 20])


@BOTH
async def test_who_has_no_line_any_more_has_no_view_either(index: RankIndex, size: int) -> None:
    board_id = await board_of(index, size)
    await views_of(index, board_id, [20])

    await index.submit([line(board_id, 20, 0, version=2, present=False)])

    assert await views_of(index, board_id, [20]) == [None]


@BOTH
async def test_a_board_that_is_dropped_has_no_views(index: RankIndex, size: int) -> None:
    board_id = await board_of(index, size)
    await views_of(index, board_id, [20])

    await index.drop([board_id])

    assert await views_of(index, board_id, [20]) == [None]


@BOTH
async def test_a_board_built_anew_is_told_anew(index: RankIndex, redis_url: str, size: int) -> None:
    board_id = await board_of(index, size)
    await views_of(index, board_id, [20])
    others = [line(board_id, number, number, version=7) for number in range(1, size + 1)]

    await rebuild(index, board_id, in_batches(others))

    assert await views_of(index, board_id, [20]) == await told_anew(redis_url, board_id, [20])


async def test_a_board_grows_past_being_shown_whole(index: RankIndex) -> None:
    board_id = await board_of(index, 199)
    (whole,) = await views_of(index, board_id, [20])

    await index.submit([line(board_id, 500, 5)])

    (window,) = await views_of(index, board_id, [20])
    assert whole is not None
    assert window is not None
    assert (len(whole.all_lines or ()), window.all_lines) == (199, None)


@BOTH
async def test_more_callers_than_one_script_takes_all_get_their_own(
    index: RankIndex, redis_url: str, size: int
) -> None:
    board_id = await board_of(index, size)
    await views_of(index, board_id, [3, 9, 18])
    everybody = range(1, 31)

    views = await views_of(index, board_id, everybody)

    assert views == await told_anew(redis_url, board_id, everybody)
    assert [view is not None for view in views] == [True] * 30


async def test_boards_looked_at_longest_ago_are_forgotten_first(
    index: RankIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_LINES", 2 * (SMALL + 1))
    one, two, three = [await board_of(index, SMALL) for _ in range(3)]
    before = [await views_of(index, board_id, [1]) for board_id in (one, two)]
    await views_of(index, one, [1])
    await views_of(index, three, [1])

    after = [await views_of(index, board_id, [1]) for board_id in (one, two)]

    assert [same_lines(new[0], old[0]) for new, old in zip(after, before, strict=True)] == [True, False]


async def test_a_board_that_fits_stays_known_however_often_another_changes(
    index: RankIndex, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_LINES", 2 * (SMALL + 1))
    quiet, busy = [await board_of(index, SMALL) for _ in range(2)]
    (before,) = await views_of(index, quiet, [1])

    for version in range(2, 22):
        await index.submit([line(busy, 1, version, version=version)])
        await views_of(index, busy, [1])

    (after,) = await views_of(index, quiet, [1])
    assert same_lines(after, before)


@BOTH
async def test_a_board_too_large_to_be_remembered_is_shown_all_the_same(
    index: RankIndex, redis_url: str, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    monkeypatch.setattr(module, "MOST_LINES", 10)
    board_id = await board_of(index, size)

    views = [await views_of(index, board_id, [1, 20]) for _ in range(2)]

    assert views == [await told_anew(redis_url, board_id, [1, 20])] * 2


@BOTH
async def test_no_more_is_held_than_is_counted_however_often_a_board_changes(
    index: RankIndex, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    monkeypatch.setattr(module, "MOST_LINES", 2_000)
    board_id = await board_of(index, size)
    gc.collect()
    before = lines_in_memory()

    for number in range(1, 101):
        await index.submit([line(board_id, number, 99_999 + number, version=2)])
        await views_of(index, board_id, [number])

    gc.collect()
    assert lines_in_memory() - before <= 2_000


def lines_in_memory() -> int:
    return sum(type(one) is RankedLine for one in gc.get_objects())


WINDOWS = {"ALL_BELOW": 6, "WINDOW": 4, "LINES_ABOVE": 2}
ACCOUNTS = 12
SCORES = st.tuples(st.integers(0, ACCOUNTS - 1), st.integers(0, 4), st.booleans())
ROUNDS = st.lists(
    st.tuples(st.lists(SCORES, max_size=3), st.lists(st.integers(0, ACCOUNTS - 1), max_size=6)), max_size=12
)


def expected(stored: dict[int, Change], number: int) -> View | None:
    """A view by its definition, of boards and windows small enough to meet every edge."""
    lines = ranked(stored.values())
    at = next((at for at, one in enumerate(lines) if one.account_id == account(number)), None)
    if at is None:
        return None
    start = max(0, at - WINDOWS["LINES_ABOVE"])
    return View(
        size=len(lines),
        version=stored[number].version,
        all_lines=lines if len(lines) < WINDOWS["ALL_BELOW"] else None,
        top=lines[: WINDOWS["WINDOW"]],
        nearby=lines[start : start + WINDOWS["WINDOW"]],
    )


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rounds=ROUNDS)
async def test_what_is_remembered_is_what_a_sorted_list_says(
    index: RankIndex,
    rounds: list[tuple[list[tuple[int, int, bool]], list[int]]],
) -> None:
    stored: dict[int, Change] = {}
    board_id = new_board_id()
    await index.open(board_id)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in WINDOWS.items():
            patch.setattr(module, name, value)
        for version, (scores, lookers) in enumerate(rounds, 1):
            changes = {
                number: line(board_id, number, score, version=version, present=present)
                for number, score, present in scores
            }
            stored |= changes
            await index.submit(changes.values())

            views = await views_of(index, board_id, lookers)

            assert views == [expected(stored, number) for number in lookers]


async def test_a_board_that_changes_while_it_is_read_is_as_before_or_as_after(
    index: RankIndex, redis_url: str
) -> None:
    board_id = await board_of(index, LARGE)
    everybody = range(1, 41)
    before = await told_anew(redis_url, board_id, everybody)
    await views_of(index, board_id, range(1, 20))

    during, _, _ = await asyncio.gather(
        views_of(index, board_id, everybody),
        index.submit([line(board_id, 20, 99_999, version=2)]),
        views_of(index, board_id, everybody),
    )

    after = await told_anew(redis_url, board_id, everybody)
    assert await views_of(index, board_id, everybody) == after
    assert all(view in pair for view, *pair in zip(during, before, after, strict=True))


async def test_lines_far_from_a_change_stay_the_same_objects(index: RankIndex) -> None:
    board_id = await board_of(index, LARGE)
    (before,) = await views_of(index, board_id, [60])

    await index.submit([line(board_id, LARGE - 1, 0, version=2)])

    (after,) = await views_of(index, board_id, [60])
    assert same_lines(after, before)


async def test_the_same_lines_at_another_place_have_their_new_ranks(index: RankIndex) -> None:
    board_id = await board_of(index, LARGE)
    (before,) = await views_of(index, board_id, [100])

    await index.submit([line(board_id, 240, 99_999, version=2)])

    (after,) = await views_of(index, board_id, [100])
    assert before is not None
    assert after is not None
    assert [one.rank for one in after.nearby] == [one.rank + 1 for one in before.nearby]
