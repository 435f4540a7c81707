"""Where a total stands among all of a leaderboard."""

from array import array
from bisect import bisect_left
from collections.abc import Iterable


class Totals:
    """How many viewers have which total; kept small, because there may be as many totals as viewers."""

    def __init__(self, rows: Iterable[tuple[int, int]]) -> None:
        """From totals with the number of viewers who have them, the highest first."""
        self._lost = array("q")  # totals below zero: lowest first, as bisect wants it
        self._up_to = array("q", [0])
        for total, viewers in rows:
            self._lost.append(-total)
            self._up_to.append(self._up_to[-1] + viewers)

    def rank_of(self, total: int) -> int:
        """1 + the number of viewers with more."""
        return 1 + self._up_to[self._place(total)]

    def to_next(self, total: int) -> int | None:
        """The diamonds missing to the next higher total; None if there is none."""
        place = self._place(total)
        return -self._lost[place - 1] - total if place else None

    def _place(self, total: int) -> int:
        """How many totals are higher."""
        return bisect_left(self._lost, -total)
