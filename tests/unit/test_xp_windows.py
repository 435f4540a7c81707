"""Windows of XP: arithmetic of the calendar, each with the human date beside it."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from app.xp.rules.boards import Board, account_text, is_xp_board, read_board
from app.xp.rules.places import EVERYWHERE, LocationType, Scope
from app.xp.rules.windows import (
    ALL_TIME,
    TimeFilter,
    Timescale,
    Window,
    day_of,
    window_at,
    window_shown,
    windows_at,
)

SHOWN = {
    TimeFilter.ALL_TIME: ALL_TIME,
    TimeFilter.TODAY: Window(Timescale.DAY, date(2026, 3, 31)),
    TimeFilter.YESTERDAY: Window(Timescale.DAY, date(2026, 3, 30)),
    TimeFilter.THIS_MONTH: Window(Timescale.MONTH, date(2026, 3, 1)),
    TimeFilter.LAST_MONTH: Window(Timescale.MONTH, date(2026, 2, 1)),
    TimeFilter.THIS_YEAR: Window(Timescale.YEAR, date(2026, 1, 1)),
    TimeFilter.LAST_YEAR: Window(Timescale.YEAR, date(2025, 1, 1)),
}


@pytest.mark.parametrize("time_filter", TimeFilter)
def test_30_8_what_a_reader_sees_on_31_march(time_filter: TimeFilter) -> None:
    """Line 30.8: the month before is February."""
    assert window_shown(time_filter, datetime(2026, 3, 31, 23, 59, 59, tzinfo=UTC)) == SHOWN[time_filter]


def test_30_8_the_first_minutes_of_2027_are_in_the_last_week_of_2026() -> None:
    """Line 30.8."""
    day = day_of(datetime(2027, 1, 1, 0, 30, tzinfo=UTC))

    assert {window.timescale: window.first_day for window in windows_at(day)} == {
        Timescale.ALL_TIME: date(1970, 1, 1),
        Timescale.DAY: date(2027, 1, 1),
        Timescale.WEEK: date(2026, 12, 28),
        Timescale.MONTH: date(2027, 1, 1),
        Timescale.YEAR: date(2027, 1, 1),
    }
    assert window_at(Timescale.WEEK, day).calendar() == (2026, 0, 53)


def test_30_8_a_day_begins_at_midnight_in_utc() -> None:
    """Line 30.8: half past midnight on 1 March two hours east of Greenwich is in February."""
    east = timezone(timedelta(hours=2))

    assert day_of(datetime(2026, 3, 1, 0, 30, tzinfo=east)) == date(2026, 2, 28)


@pytest.mark.parametrize(
    ("window", "calendar"),
    [
        (ALL_TIME, (0, 0, 0)),
        (Window(Timescale.DAY, date(2024, 12, 30)), (2024, 12, 1)),
        (Window(Timescale.WEEK, date(2024, 12, 30)), (2025, 0, 1)),
        (Window(Timescale.MONTH, date(2026, 2, 1)), (2026, 2, 0)),
        (Window(Timescale.YEAR, date(2026, 1, 1)), (2026, 0, 0)),
    ],
)
def test_a_window_states_what_applies_to_it(window: Window, calendar: tuple[int, int, int]) -> None:
    assert window.calendar() == calendar


@pytest.mark.parametrize(
    ("window", "end"),
    [
        (Window(Timescale.DAY, date(2026, 2, 28)), datetime(2026, 3, 1, tzinfo=UTC)),
        (Window(Timescale.WEEK, date(2026, 12, 28)), datetime(2027, 1, 4, tzinfo=UTC)),
        (Window(Timescale.MONTH, date(2028, 2, 1)), datetime(2028, 3, 1, tzinfo=UTC)),
        (Window(Timescale.MONTH, date(2026, 12, 1)), datetime(2027, 1, 1, tzinfo=UTC)),
        (Window(Timescale.YEAR, date(2026, 1, 1)), datetime(2027, 1, 1, tzinfo=UTC)),
        (Window(Timescale.YEAR, date(2028, 1, 1)), datetime(2029, 1, 1, tzinfo=UTC)),
    ],
)
def test_a_board_is_kept_for_a_day_after_its_window(window: Window, end: datetime) -> None:
    assert (window.end(), window.kept_until()) == (end, end + timedelta(days=1))


def test_all_of_time_does_not_end() -> None:
    assert (ALL_TIME.end(), ALL_TIME.kept_until()) == (None, None)


@pytest.mark.parametrize(
    ("board", "name"),
    [
        (Board(EVERYWHERE, ALL_TIME), "{g}:lb:xp"),
        (Board(Scope(LocationType.COUNTRY, 105), ALL_TIME), "{c:105}:lb:xp"),
        (
            Board(Scope(LocationType.STATE, 42), Window(Timescale.DAY, date(2026, 3, 31))),
            "{s:42}:lb:xp:2026-03-31",
        ),
        (
            Board(Scope(LocationType.CITY, 789), Window(Timescale.WEEK, date(2026, 12, 28))),
            "{ci:789}:lb:xp:2026-W53",
        ),
        (Board(EVERYWHERE, Window(Timescale.MONTH, date(2026, 2, 1))), "{g}:lb:xp:2026-02"),
        (Board(EVERYWHERE, Window(Timescale.YEAR, date(2026, 1, 1))), "{g}:lb:xp:2026"),
    ],
)
def test_a_board_has_a_name_by_which_it_is_found_again(board: Board, name: str) -> None:
    assert board.id == name
    assert read_board(name) == board


@pytest.mark.parametrize(
    "name", ["66f0", "{g}", "{x:1}:lb:xp", "{c:1}:lb:xp:", "g:lb:xp", "{c:1}:lb:xp:today"]
)
def test_other_names_are_no_boards_of_xp(name: str) -> None:
    assert not is_xp_board(name)
    with pytest.raises(ValueError, match="not a board"):
        read_board(name)


def test_users_as_text_sort_as_they_do_as_numbers() -> None:
    ids = [9, 10, 100, 10**14]

    assert sorted(map(account_text, reversed(ids))) == list(map(account_text, ids))
