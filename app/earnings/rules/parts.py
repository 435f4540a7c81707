"""How an hour is spread over documents as it grows.

A viewer's diamonds go into one of the hour's parts, by the viewer's id. There is one part at first, and
twice as many each time the first, part 0, has grown by another step: it gets as many new viewers as any
other. What is there already stays where it is, so that a viewer may be found in one part for each doubling;
readers add up.
"""

from collections.abc import Sequence
from zlib import crc32

#: Some thousand viewers: finding one of them in a document takes MongoDB time that grows with their number.
STEP_BYTES = 64 * 1024
MOST_PARTS = 256


def part_of(viewer: str, parts: int) -> int:
    """Which of so many parts takes a viewer's diamonds."""
    return crc32(viewer.encode()) % parts


def parts_with(viewer: str) -> Sequence[int]:
    """Every part that may hold diamonds of a viewer, whenever they came."""
    counts = (1 << doublings for doublings in range(MOST_PARTS.bit_length()))
    return sorted({part_of(viewer, count) for count in counts})


def parts_for(size: int) -> int:
    """How many parts an hour should have whose first is so large, in bytes."""
    return min(1 << (size // STEP_BYTES), MOST_PARTS)
