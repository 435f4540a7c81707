"""What one score does to one entry."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.game.errors import ScoreOverflow
from app.game.rules.scoring import HIGHEST_SCORE, LineState, scored, set_to

NOON = 1_800_000_000_000

scores = st.integers(0, HIGHEST_SCORE)
deltas = st.integers(-(2**31), 2**31)
instants = st.integers(0, 2 * NOON)
lines = st.builds(LineState, score=scores, version=st.integers(0, 10**6), last_updated=instants)


@pytest.mark.parametrize(
    ("before", "delta", "after"),
    [
        (0, 55, 55),
        (55, 10, 65),
        (65, -100, 0),
        (0, 7, 7),
        (0, -20, 0),
        (HIGHEST_SCORE - 1, 1, HIGHEST_SCORE),
        (HIGHEST_SCORE, -(2**31), HIGHEST_SCORE - 2**31),
    ],
)
def test_a_score_is_added_and_never_falls_below_zero(before: int, delta: int, after: int) -> None:
    line = scored(LineState(score=before, version=3, last_updated=NOON), delta=delta, now_ms=NOON)

    assert line.score == after


def test_a_sum_past_the_highest_score_is_refused() -> None:
    line = LineState(score=HIGHEST_SCORE, version=1, last_updated=NOON)

    with pytest.raises(ScoreOverflow):
        scored(line, delta=1, now_ms=NOON)


def test_a_set_score_past_the_highest_is_refused() -> None:
    line = LineState(score=0, version=1, last_updated=NOON)

    with pytest.raises(ScoreOverflow):
        set_to(line, score=HIGHEST_SCORE + 1, now_ms=NOON)


def test_a_set_score_replaces_what_was_there() -> None:
    line = set_to(LineState(score=70, version=4, last_updated=NOON), score=5, now_ms=NOON + 9)

    assert line == LineState(score=5, version=5, last_updated=NOON + 9)


def test_a_clock_that_stands_still_does_not_stop_the_lines_time() -> None:
    line = scored(LineState(score=1, version=1, last_updated=NOON), delta=1, now_ms=NOON)

    assert line.last_updated == NOON + 1


def test_a_clock_set_back_does_not_set_the_line_back() -> None:
    line = scored(LineState(score=1, version=1, last_updated=NOON), delta=1, now_ms=NOON - 3_600_000)

    assert line.last_updated == NOON + 1


@given(line=lines, delta=deltas, now_ms=instants)
def test_any_score_obeys_the_one_rule(line: LineState, delta: int, now_ms: int) -> None:
    wanted = max(0, line.score + delta)
    if wanted > HIGHEST_SCORE:
        with pytest.raises(ScoreOverflow):
            scored(line, delta=delta, now_ms=now_ms)
        return

    after = scored(line, delta=delta, now_ms=now_ms)

    assert (after.score, after.version) == (wanted, line.version + 1)
    assert after.last_updated >= now_ms
    assert after.last_updated > line.last_updated


@given(added=st.lists(deltas, max_size=20))
def test_scores_one_after_another_end_where_a_running_total_with_a_floor_ends(added: list[int]) -> None:
    line, total = LineState(score=0, version=0, last_updated=0), 0
    for delta in added:
        line, total = scored(line, delta=delta, now_ms=NOON), max(0, total + delta)

    assert (line.score, line.version) == (total, len(added))
