"""The lines of a board: as they are written, as they are ranked, and how Redis spells them."""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import NamedTuple, cast

from app.ranking.keys import ABSENT, TIME_DIGITS, time_text

#: A board below this many lines is shown whole.
ALL_BELOW = 200
#: Lines in a window, and how many of them stand above the one it is about.
WINDOW = 50
LINES_ABOVE = 25


class Change(NamedTuple):
    """What one line of a board shall be from this version on; times are unix milliseconds."""

    board_id: str
    account_id: str
    version: int
    score: int
    last_updated: int
    present: bool = True


class RankedLine(NamedTuple):
    """One line with its competition rank: 1 + the number of lines with a strictly better score."""

    rank: int
    account_id: str
    score: int
    last_updated: int


_AS_LINE = cast("Callable[[tuple[int, str, int, int]], RankedLine]", partial(tuple.__new__, RankedLine))


class StoredLine(NamedTuple):
    """One present line of a board, unranked."""

    account_id: str
    version: int
    score: int
    last_updated: int


class View(NamedTuple):
    """A board as one of its accounts sees it; `version` is that of the account's own line."""

    size: int
    version: int
    all_lines: list[RankedLine] | None
    top: list[RankedLine]
    nearby: list[RankedLine]


class Leaders(NamedTuple):
    """Some lines of a board in order, and the place of one account in it.

    `window` is the lines as Redis spells them, None if they are as they were at the revision that the caller
    knows. `position` is counted from 0 and tells lines of the same score apart; None without a line. Any
    other board, or content, has another `revision`.
    """

    size: int
    window: bytes | None
    position: int | None
    revision: bytes

    @property
    def lines(self) -> list[tuple[str, int]]:
        """Pairs of account and score; none if they are known."""
        words = (self.window or b"").decode().split()
        accounts = [member[TIME_DIGITS:] for member in words[::2]]
        return list(zip(accounts, _scores(words[1::2]), strict=True))


def newest_by_board(changes: Iterable[Change]) -> dict[str, list[Change]]:
    """The newest change of each line, by board."""
    boards: dict[str, dict[str, Change]] = {}
    for change in changes:
        lines = boards.setdefault(change[0], {})
        other = lines.get(change[1])
        if other is None or other.version < change.version:
            lines[change[1]] = change
    return {board_id: list(lines.values()) for board_id, lines in boards.items()}


def spell_changes(changes: Iterable[Change]) -> list[str | int]:
    """Four words a change: account, version, minus the score, time or nothing."""
    words: list[str | int] = []
    for _, account_id, version, score, last_updated, present in changes:
        words += (account_id, version, -score, time_text(last_updated) if present else ABSENT)
    return words


def read_ranked(text: bytes, *, position: int = 1, rank: int = 1) -> list[RankedLine]:
    """The lines of a window, from pairs of member and minus the score in ranking order.

    The window's first line stands at `position`, counted from 1, and has competition rank `rank`.
    """
    words = text.decode().split()
    members = words[::2]
    scores = _scores(words[1::2])
    ranks: list[int] = []
    last = scores[0] if scores else 0
    for at, score in enumerate(scores, position):
        if score != last:
            last, rank = score, at
        ranks.append(rank)
    accounts = [member[TIME_DIGITS:] for member in members]
    times = [int(member[:TIME_DIGITS], 16) for member in members]
    # Not by calling the class: a view has a hundred lines, and its constructor is Python.
    return list(map(_AS_LINE, zip(ranks, accounts, scores, times, strict=True)))


def read_stored(words: Sequence[bytes]) -> list[StoredLine]:
    """The lines of a page: account, version, time and score of each, in no order."""
    columns = (words[part::4] for part in range(4))
    return [
        StoredLine(account.decode(), int(version), _score(score), int(time, 16))
        for account, version, time, score in zip(*columns, strict=True)
    ]


def _scores(words: Sequence[str]) -> list[int]:
    try:
        return [-int(word) for word in words]
    except ValueError:
        return [_score(word) for word in words]


def _score(word: str | bytes) -> int:
    # Some versions of Redis write 1e+15; below 2^53 a float is as exact as an int.
    return -int(float(word))
