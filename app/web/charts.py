"""Bar charts as numbers for a template: heights in percent of a scale that ends at a round number. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from math import floor, log10
from sys import float_info

#: How much of its place a bar fills.
FILLED = 0.72
ROUND = (1, 1.5, 2, 3, 4, 5, 6, 8, 10)


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a bar: of which series, and from where to where, in percent from the top."""

    series: int
    y: float
    height: float


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar, made of parts that stand on one another; places in percent from the left."""

    x: float
    width: float
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """Bars side by side below a scale from 0 to `top`."""

    top: float
    bars: tuple[Bar, ...]


def bar_chart(columns: Sequence[Sequence[float]]) -> Chart:
    """The chart of columns, each with a value of every series, none below 0."""
    top = _round_up(max((sum(column) for column in columns), default=0))
    place = 100 / max(1, len(columns))
    bars = (
        Bar(round(place * (number + (1 - FILLED) / 2), 3), round(place * FILLED, 3), _parts(column, top))
        for number, column in enumerate(columns)
    )
    return Chart(top, tuple(bars))


def _parts(column: Sequence[float], top: float) -> tuple[Part, ...]:
    heights = [round(100 * value / top, 3) for value in column]
    return tuple(
        Part(series, round(100 - reached, 3), height)
        for series, (height, reached) in enumerate(zip(heights, accumulate(heights), strict=True))
        if height
    )


def _round_up(value: float) -> float:
    """The next round number; 1 for next to nothing, so that there is a scale."""
    # Below this the power of ten is 0.
    if value < float_info.min:
        return 1
    power = 10.0 ** floor(log10(value))
    return float(next(step * power for step in ROUND if step * power >= value))
