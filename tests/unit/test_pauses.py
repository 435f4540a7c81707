"""Pauses between attempts."""

from datetime import timedelta

import pytest

from app.kit.pauses import Pauses

SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("attempts", "seconds"),
    [(1, 1), (2, 2), (3, 4), (9, 256), (10, 300), (11, 300), (1_000_000_000, 300)],
)
def test_pauses_double_up_to_the_longest(attempts: int, seconds: int) -> None:
    pauses = Pauses(first=SECOND, longest=300 * SECOND)

    assert pauses.after(attempts) == seconds * SECOND
