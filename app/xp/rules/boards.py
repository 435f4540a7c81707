"""Boards and the rows they are made of: what they are called, and what a change adds to which. Pure."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from app.xp.rules.counters import NOTHING, Counters
from app.xp.rules.places import EVERYWHERE, LocationType, Place, Scope
from app.xp.rules.windows import ALL_TIME, Timescale, Window, windows_at

#: The user whose rows say what all users of a board have together.
EVERYBODY = 0
ID_DIGITS = 15
#: Windows whose names are remembered: every request and every photo asks for those of these days.
MOST_WINDOWS = 1_024

_PREFIXES = {
    LocationType.GLOBAL: "g",
    LocationType.COUNTRY: "c",
    LocationType.STATE: "s",
    LocationType.CITY: "ci",
}
_BOARD_ID = re.compile(
    r"\{(?P<prefix>g|ci|c|s)(?::(?P<location>[0-9]{1,15}))?\}:lb:xp(?::(?P<window>[0-9W-]+))?", re.ASCII
)


class Board(NamedTuple):
    """Who is compared, and by the XP of which time."""

    scope: Scope
    window: Window

    @property
    def id(self) -> str:
        """Its name in the rank index: `{c:105}:lb:xp`, `{g}:lb:xp:2026-03`, `{g}:lb:xp:2026-W13`."""
        window = window_text(self.window)
        return f"{{{scope_text(self.scope)}}}:lb:xp" + (f":{window}" if window else "")


class RowKey(NamedTuple):
    """One user's row on one board; that of `EVERYBODY` adds all of them up."""

    board: Board
    user_id: int

    @property
    def id(self) -> str:
        """The row's id in MongoDB."""
        (location_type, location_id), (timescale, first_day) = self.board
        return f"{timescale:d}:{location_type:d}:{location_id}:{self.user_id}:{first_day}"


@dataclass(frozen=True, slots=True)
class Counted:
    """What has been counted for a user: where, on which day, how much."""

    user_id: int
    place: Place
    day: date
    amounts: Counters

    def rows(self) -> Iterator[RowKey]:
        """Every row the amounts stand in: the user's and everybody's, in each scope and window."""
        windows = tuple(windows_at(self.day))
        for scope in self.place.scopes():
            for window in windows:
                board = Board(scope, window)
                yield RowKey(board, EVERYBODY)
                yield RowKey(board, self.user_id)


Amounts = dict[RowKey, Counters]


def add_difference(total: Amounts, before: Counted | None, after: Counted | None) -> None:
    """Add to `total` what turns the one into the other; rows that stay as they are may come with nothing."""
    if before == after:
        return
    if before is not None:
        _add(total, before.rows(), before.amounts.negated())
    if after is not None:
        _add(total, after.rows(), after.amounts)


def without_nothing(total: Amounts) -> Amounts:
    """Only the rows that change."""
    return {key: amounts for key, amounts in total.items() if amounts != NOTHING}


def account_text(user_id: int) -> str:
    """A user in the rank index, where texts in order are ids in order."""
    return f"{user_id:0{ID_DIGITS}d}"


def user_of(account: str) -> int:
    """The user of such a text."""
    return int(account)


def is_xp_board(board_id: str) -> bool:
    """True for a name that a board of XP has in the rank index."""
    return _BOARD_ID.fullmatch(board_id) is not None


def read_board(board_id: str) -> Board:
    """The board of this name. Raises ValueError if it is none."""
    found = _BOARD_ID.fullmatch(board_id)
    if found is None:
        raise ValueError("not a board of XP")
    kinds = {prefix: location_type for location_type, prefix in _PREFIXES.items()}
    location_type = kinds[found["prefix"]]
    scope = Scope(location_type, int(found["location"])) if found["location"] else EVERYWHERE
    return Board(scope, read_window(found["window"] or ""))


def scope_text(scope: Scope) -> str:
    """A scope in a board's name: `g`, `c:105`, `s:42`, `ci:789`."""
    location_type, location_id = scope
    prefix = _PREFIXES[location_type]
    return prefix if location_type is LocationType.GLOBAL else f"{prefix}:{location_id}"


@lru_cache(MOST_WINDOWS)
def window_text(window: Window) -> str:
    """A window in a board's name: ISO 8601, nothing for all of time."""
    first = window.first_day
    iso_year, iso_week, _ = first.isocalendar()
    return {
        Timescale.ALL_TIME: "",
        Timescale.DAY: first.isoformat(),
        Timescale.WEEK: f"{iso_year:04d}-W{iso_week:02d}",
        Timescale.MONTH: f"{first:%Y-%m}",
        Timescale.YEAR: f"{first:%Y}",
    }[window.timescale]


def read_window(text: str) -> Window:
    """The window that is called so. Raises ValueError if none is."""
    if not text:
        return ALL_TIME
    if "W" in text:
        iso_year, iso_week = text.split("-W")
        return Window(Timescale.WEEK, date.fromisocalendar(int(iso_year), int(iso_week), 1))
    parts = [int(part) for part in text.split("-")]
    timescale = {1: Timescale.YEAR, 2: Timescale.MONTH, 3: Timescale.DAY}[len(parts)]
    year, month, day = [*parts, 1, 1][:3]
    return Window(timescale, date(year, month, day))


def _add(total: Amounts, rows: Iterable[RowKey], amounts: Counters) -> None:
    for row in rows:
        total[row] = total.get(row, NOTHING).plus(amounts)
