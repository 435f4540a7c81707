"""What is counted of photos. Pure."""

from typing import NamedTuple


class Counters(NamedTuple):
    """The amounts of one photo, of many, or of the difference between two states of one."""

    uploads: int = 0
    tags: int = 0
    litter: int = 0
    brands: int = 0
    materials: int = 0
    custom_tags: int = 0
    xp: int = 0

    def plus(self, other: "Counters") -> "Counters":
        """Both together."""
        return Counters(*(mine + theirs for mine, theirs in zip(self, other, strict=True)))

    def negated(self) -> "Counters":
        """What takes these back."""
        return Counters(*(-amount for amount in self))


NOTHING = Counters()
