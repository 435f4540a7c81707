"""How long work that failed rests before it is tried again."""

from dataclasses import dataclass
from datetime import timedelta

#: A power past this would make no pause longer, only numbers larger.
MOST_DOUBLINGS = 30


@dataclass(frozen=True, slots=True)
class Pauses:
    """Pauses that double from the first to the longest."""

    first: timedelta
    longest: timedelta

    def after(self, attempts: int) -> timedelta:
        """The pause after so many attempts that have failed, one at least."""
        return min(self.first * (1 << min(attempts - 1, MOST_DOUBLINGS)), self.longest)
