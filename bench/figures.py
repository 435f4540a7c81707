"""What a row of the benchmark says: two figures from one run, their ratio, and what it should be."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any


@dataclass(frozen=True, slots=True)
class Target:
    """A bound that a figure keeps or misses."""

    bound: float
    at_least: bool

    def is_met_by(self, figure: float) -> bool:
        """True on the right side of the bound, and on it."""
        return figure >= self.bound if self.at_least else figure <= self.bound

    def __str__(self) -> str:
        return f"{'≥' if self.at_least else '≤'} {self.bound:g}"


def at_least(bound: float) -> Target:
    """The figure should be this or more."""
    return Target(bound, at_least=True)


def at_most(bound: float) -> Target:
    """The figure should be this or less."""
    return Target(bound, at_least=False)


@dataclass(frozen=True, slots=True)
class Line:
    """One measured fact. With a floor the target is about the ratio, without one about the subject.

    Some figures are only told: they have no target.
    """

    work: str
    unit: str
    subject: float
    target: Target | None
    floor: float | None = None
    ratios: tuple[float, ...] = ()
    details: dict[str, Any] = field(default_factory=dict)

    @property
    def ratio(self) -> float | None:
        """The median of the pairs' ratios, subject to floor."""
        return median(self.ratios) if self.ratios else None

    @property
    def is_met(self) -> bool | None:
        """Whether the target was reached in this run; None without a target."""
        if self.target is None:
            return None
        return self.target.is_met_by(self.subject if self.ratio is None else self.ratio)

    def as_json(self) -> dict[str, Any]:
        """The line as `results.json` keeps it."""
        return {
            "work": self.work,
            "unit": self.unit,
            "subject": self.subject,
            "floor": self.floor,
            "ratio": self.ratio,
            "ratios": self.ratios,
            "target": "" if self.target is None else str(self.target),
            "met": self.is_met,
            **self.details,
        }


def compare(
    work: str, unit: str, pairs: Sequence[tuple[float, float]], target: Target | None, **details: Any
) -> Line:
    """The line of (subject, floor) pairs, each pair measured one right after the other."""
    return Line(
        work=work,
        unit=unit,
        subject=median(subject for subject, _ in pairs),
        floor=median(floor for _, floor in pairs),
        ratios=tuple(subject / floor for subject, floor in pairs),
        target=target,
        details=details,
    )
