"""What a ready board answers."""

from collections.abc import AsyncIterator

import pytest
from board_builders import T0, account, line, new_board_id, opened_index, players, ranked

from app.ranking.index import RankedLine, RankIndex, View

BIGGEST = 2**53 - 1
BOUNDARIES = [0, 1, 9, 10, 2**31 - 1, 2**31, 10**10, 10**14, 10**15, 10**15 + 1, 2**52, 2**52 + 1]
BOUNDARIES += [2**53 - 3, 2**53 - 2, BIGGEST]


@pytest.fixture
async def index(redis_url: str) -> AsyncIterator[RankIndex]:
    async with opened_index(redis_url) as opened:
        yield opened


@pytest.fixture
async def board(index: RankIndex) -> str:
    board_id = new_board_id()
    await index.open(board_id)
    return board_id


async def view_of(index: RankIndex, board_id: str, number: int) -> View:
    (view,) = await index.views([(board_id, account(number))])
    assert view is not None
    return view


async def test_equal_scores_share_the_best_rank(index: RankIndex, board: str) -> None:
    scores = [100, 90, 90, 90, 80]
    await index.submit([line(board, number, score) for number, score in enumerate(scores)])

    view = await view_of(index, board, 0)

    assert [one.rank for one in view.top] == [1, 2, 2, 2, 5]


async def test_ties_stand_in_order_of_time_then_account(index: RankIndex, board: str) -> None:
    late, early = T0 + 1, T0
    ties = [(3, late), (2, early), (1, late), (4, early - 2**30)]
    await index.submit([line(board, number, 7, last_updated=at) for number, at in ties])

    top = await index.top(board, 10)

    assert top == [
        RankedLine(1, account(n), 7, at) for n, at in [(4, early - 2**30), (2, early), (1, late), (3, late)]
    ]


async def test_every_boundary_score_comes_back_exactly(index: RankIndex, board: str) -> None:
    changes = [line(board, number, score) for number, score in enumerate(BOUNDARIES)]
    await index.submit(changes)

    view = await view_of(index, board, 0)

    assert view.all_lines == ranked(changes)


async def test_neighbours_at_the_top_of_the_range_are_told_apart(index: RankIndex, board: str) -> None:
    await index.submit([line(board, 1, BIGGEST), line(board, 2, BIGGEST - 1), line(board, 3, BIGGEST)])

    ranks = await index.ranks([(board, account(number)) for number in (1, 2, 3)])

    assert ranks == [1, 3, 1]


async def test_boundary_scores_are_exact_in_windows_of_large_boards(index: RankIndex, board: str) -> None:
    changes = [line(board, number, BIGGEST - number // 2) for number in range(300)]
    await index.submit(changes)

    view = await view_of(index, board, 149)

    assert view.nearby == ranked(changes)[124:174]


@pytest.mark.parametrize(
    ("number", "first", "last"),
    [(1, 1, 50), (3, 1, 50), (26, 1, 50), (76, 51, 100), (77, 52, 101), (150, 125, 174), (300, 275, 300)],
)
async def test_the_window_of_each_of_300_players(
    index: RankIndex, board: str, number: int, first: int, last: int
) -> None:
    await index.submit(players(board, 300))

    view = await view_of(index, board, number)

    assert view.nearby == ranked(players(board, 300))[first - 1 : last]


async def test_the_top_of_300_players_is_50_lines(index: RankIndex, board: str) -> None:
    await index.submit(players(board, 300))

    view = await view_of(index, board, 150)

    assert view.top == ranked(players(board, 300))[:50]


async def test_a_window_that_begins_within_a_tie_has_the_rank_of_the_tie(
    index: RankIndex, board: str
) -> None:
    await index.submit([line(board, number, 5 if number else 9) for number in range(300)])

    view = await view_of(index, board, 200)

    assert {one.rank for one in view.nearby} == {2}


async def test_199_lines_are_shown_whole(index: RankIndex, board: str) -> None:
    await index.submit(players(board, 199))

    view = await view_of(index, board, 100)

    assert view.all_lines == ranked(players(board, 199))


async def test_200_lines_are_not_shown_whole(index: RankIndex, board: str) -> None:
    await index.submit(players(board, 200))

    view = await view_of(index, board, 100)

    assert (view.size, view.all_lines) == (200, None)


async def test_a_view_tells_the_version_of_the_callers_line(index: RankIndex, board: str) -> None:
    await index.submit([line(board, 1, 5, version=BIGGEST), line(board, 2, 5, version=3)])

    view = await view_of(index, board, 1)

    assert view.version == BIGGEST


async def test_an_older_version_loses(index: RankIndex, board: str) -> None:
    await index.submit([line(board, 1, 50, version=10)])
    await index.submit([line(board, 1, 99, version=9)])

    assert await index.top(board, 1) == [RankedLine(1, account(1), 50, T0)]


async def test_an_equal_version_loses(index: RankIndex, board: str) -> None:
    await index.submit([line(board, 1, 50, version=10)])
    await index.submit([line(board, 1, 99, version=10)])

    assert await index.top(board, 1) == [RankedLine(1, account(1), 50, T0)]


async def test_the_newest_of_several_versions_in_one_batch_wins(index: RankIndex, board: str) -> None:
    await index.submit([line(board, 1, score, version=score) for score in (2, 9, 4)])

    assert await index.top(board, 5) == [RankedLine(1, account(1), 9, T0)]


async def test_a_line_moves_when_its_time_changes(index: RankIndex, board: str) -> None:
    await index.submit([line(board, 1, 5), line(board, 2, 5, last_updated=T0 + 1)])
    await index.submit([line(board, 1, 5, version=2, last_updated=T0 + 2)])

    assert [one.account_id for one in await index.top(board, 5) or []] == [account(2), account(1)]


async def test_an_absent_line_is_not_ranked(index: RankIndex, board: str) -> None:
    await index.submit([line(board, 1, 9), line(board, 2, 5)])
    await index.submit([line(board, 1, 9, version=2, present=False)])

    assert await index.top(board, 5) == [RankedLine(1, account(2), 5, T0)]


async def test_an_absent_line_stays_absent_for_older_versions(index: RankIndex, board: str) -> None:
    await index.submit([line(board, 1, 9, version=2, present=False)])
    await index.submit([line(board, 1, 9, version=1)])

    assert await index.top(board, 5) == []


async def test_an_absent_line_has_no_view(index: RankIndex, board: str) -> None:
    await index.submit([line(board, 1, 9, present=False)])

    assert await index.views([(board, account(1)), (board, account(2))]) == [None, None]


async def test_many_boards_are_written_and_read_at_once(index: RankIndex) -> None:
    boards = [new_board_id() for _ in range(40)]
    for board_id in boards:
        await index.open(board_id)
    missing = await index.submit([line(board_id, at, at) for at, board_id in enumerate(boards)])

    views = await index.views([(board_id, account(at)) for at, board_id in enumerate(boards)])

    assert not missing
    assert [view.top[0].score for view in views if view] == list(range(40))


async def test_opening_again_keeps_the_lines(index: RankIndex, board: str) -> None:
    await index.submit([line(board, 1, 9)])
    await index.open(board)

    assert await index.ranks([(board, account(1))]) == [1]


async def test_a_dropped_board_is_not_ready(index: RankIndex, board: str) -> None:
    other = new_board_id()
    await index.open(other)
    await index.drop([board])

    assert await index.are_ready([board, other]) == [False, True]


async def test_all_lines_can_be_walked(index: RankIndex, board: str) -> None:
    present = [line(board, number, number, version=number + 1) for number in range(1500)]
    await index.submit([*present, line(board, 2000, 1, present=False)])

    walked = {one async for one in index.lines(board)}

    assert walked == {(one.account_id, one.version, one.score, one.last_updated) for one in present}


async def test_some_lines_can_be_looked_up(index: RankIndex, board: str) -> None:
    await index.submit([line(board, 1, 7, version=4), line(board, 2, 8, present=False)])

    found = await index.lines_of(board, [account(3), account(2), account(1)])

    assert found == [None, None, (account(1), 4, 7, T0)]


async def test_nothing_asked_is_nothing_answered(index: RankIndex) -> None:
    assert (await index.submit([]), await index.views([]), await index.ranks([])) == (set(), [], [])
