"""Bars of a chart."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.web.charts import bar_chart
from app.web.words import amount

COLUMNS = st.lists(st.tuples(st.floats(0, 1e6), st.floats(0, 1e6)), max_size=40)


@pytest.mark.parametrize(
    ("highest", "top"),
    [
        (0, 1),
        (5e-324, 1),
        (0.4, 0.4),
        (1, 1),
        (2.5, 3),
        (7, 8),
        (11, 15),
        (41, 50),
        (54, 60),
        (120, 150),
        (1e6, 1e6),
    ],
)
def test_a_scale_ends_at_a_round_number(highest: float, top: float) -> None:
    assert bar_chart([[highest]]).top == top


@given(COLUMNS)
def test_bars_stay_within_the_chart_and_do_not_touch(columns: list[tuple[float, float]]) -> None:
    chart = bar_chart(columns)

    ends = [0.0, *(bar.x + bar.width for bar in chart.bars)]
    assert all(end < bar.x for end, bar in zip(ends, chart.bars, strict=False))
    assert ends[-1] <= 100
    assert all(-0.01 <= part.y <= part.y + part.height <= 100.01 for bar in chart.bars for part in bar.parts)


def test_parts_stand_on_one_another() -> None:
    bar, _ = bar_chart([[5, 2.5], [10, 0]]).bars

    assert [(part.series, part.y, part.height) for part in bar.parts] == [(0, 50, 50), (1, 25, 25)]


def test_nothing_has_no_part() -> None:
    bars = bar_chart([[0, 1], [0, 0]]).bars

    assert [[part.series for part in bar.parts] for bar in bars] == [[1], []]


@pytest.mark.parametrize(
    ("number", "text"),
    [(0, "0"), (0.04, "0.0"), (2.5, "2.5"), (12.34, "12.3"), (99.96, "100.0"), (1234.5, "1,234")],
)
def test_amounts_are_as_exact_as_they_need_be(number: float, text: str) -> None:
    assert amount(number) == text
