"""How long and how often a run measures."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

Figure = TypeVar("Figure")


@dataclass(frozen=True, slots=True)
class Plan:
    """Pairs of a row, seconds of each measurement and of the warm-up, the largest board.

    `rollovers`: rounds of rollovers, of which each takes as long as it takes.
    """

    pairs: int
    seconds: int
    warm_up_s: int
    largest: int
    rollovers: int

    def alternate(
        self, subject: Callable[[int], Figure], floor: Callable[[int], Figure]
    ) -> list[tuple[Figure, Figure]]:
        """Measure A B A B ... after a warm-up of both, so that a machine that slows down slows both."""
        subject(self.warm_up_s)
        floor(self.warm_up_s)
        return [(subject(self.seconds), floor(self.seconds)) for _ in range(self.pairs)]


def full(largest: int) -> Plan:
    """What the tables in the documents are made of."""
    return Plan(pairs=5, seconds=5, warm_up_s=3, largest=largest, rollovers=1)


def quick(largest: int) -> Plan:
    """A look at how things stand."""
    return Plan(pairs=3, seconds=3, warm_up_s=2, largest=largest, rollovers=1)
