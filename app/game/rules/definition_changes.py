"""How two JSON values differ, place by place."""

from collections.abc import Iterator
from itertools import zip_longest
from typing import Any, NamedTuple


class Change(NamedTuple):
    """What stood at a place before and stands there now; None where there is nothing."""

    pointer: str
    old: Any
    new: Any


def differences(old: Any, new: Any, *, pointer: str = "") -> Iterator[Change]:
    """The smallest places that differ; list items are compared by position."""
    if isinstance(old, dict) and isinstance(new, dict):
        for name in old | new:
            yield from differences(old.get(name), new.get(name), pointer=f"{pointer}/{name}")
    elif isinstance(old, list) and isinstance(new, list):
        for index, (before, after) in enumerate(zip_longest(old, new)):
            yield from differences(before, after, pointer=f"{pointer}/{index}")
    elif old != new:
        yield Change(pointer, old, new)
