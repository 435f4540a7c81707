"""Calendar windows in UTC: where an instant counts, what a reader asks for. Pure; now is an argument."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from enum import IntEnum, StrEnum
from functools import lru_cache
from typing import NamedTuple

DAY = timedelta(days=1)
EPOCH = date(1970, 1, 1)
#: How long the index keeps a window's board after its end, so that yesterday is never missing.
KEPT_FOR = timedelta(days=1)


class Timescale(IntEnum):
    """How long a window is; the numbers are those of the stored rows."""

    ALL_TIME = 0
    DAY = 1
    WEEK = 2
    MONTH = 3
    YEAR = 4


class TimeFilter(StrEnum):
    """Which window a reader asks for."""

    ALL_TIME = "all-time"
    TODAY = "today"
    YESTERDAY = "yesterday"
    THIS_MONTH = "this-month"
    LAST_MONTH = "last-month"
    THIS_YEAR = "this-year"
    LAST_YEAR = "last-year"


class Window(NamedTuple):
    """A period by its length and its first day; all of time begins on 1970-01-01."""

    timescale: Timescale
    first_day: date

    def end(self) -> datetime | None:
        """The first instant after the window; None for all of time."""
        if self.timescale is Timescale.ALL_TIME:
            return None
        first = self.first_day
        lengths = {Timescale.DAY: 1, Timescale.WEEK: 7, Timescale.MONTH: 31, Timescale.YEAR: 366}
        # A day that is surely in the next window, and then that one's first.
        later = first + timedelta(days=lengths[self.timescale])
        return midnight(window_at(self.timescale, later).first_day)

    def kept_until(self) -> datetime | None:
        """When the index may forget the window's boards; None for all of time."""
        end = self.end()
        return None if end is None else end + KEPT_FOR

    def calendar(self) -> tuple[int, int, int]:
        """Year, month and week as the window's rows state them, 0 for what does not apply.

        A week belongs to its ISO year, and to no month.
        """
        first = self.first_day
        iso_year, iso_week, _ = first.isocalendar()
        return {
            Timescale.ALL_TIME: (0, 0, 0),
            Timescale.DAY: (first.year, first.month, iso_week),
            Timescale.WEEK: (iso_year, 0, iso_week),
            Timescale.MONTH: (first.year, first.month, 0),
            Timescale.YEAR: (first.year, 0, 0),
        }[self.timescale]


ALL_TIME = Window(Timescale.ALL_TIME, EPOCH)


def window_at(timescale: Timescale, day: date) -> Window:
    """The window of this length that a day is in."""
    if timescale is Timescale.ALL_TIME:
        return ALL_TIME
    if timescale is Timescale.DAY:
        return Window(timescale, day)
    if timescale is Timescale.WEEK:
        return Window(timescale, day - timedelta(days=day.weekday()))
    return Window(timescale, day.replace(day=1, month=day.month if timescale is Timescale.MONTH else 1))


def windows_at(day: date) -> Iterator[Window]:
    """Every window that a day is in."""
    return (window_at(timescale, day) for timescale in Timescale)


def day_of(instant: datetime) -> date:
    """The day of an aware instant, in UTC."""
    return instant.astimezone(UTC).date()


def midnight(day: date) -> datetime:
    """The first instant of a day in UTC, as which MongoDB stores the day."""
    return datetime.combine(day, time(), UTC)


def window_shown(time_filter: TimeFilter, now: datetime) -> Window:
    """The window a reader asks for at this instant."""
    return _window_on(time_filter, day_of(now))


@lru_cache(len(TimeFilter))
def _window_on(time_filter: TimeFilter, today: date) -> Window:
    return {
        TimeFilter.ALL_TIME: ALL_TIME,
        TimeFilter.TODAY: window_at(Timescale.DAY, today),
        TimeFilter.YESTERDAY: window_at(Timescale.DAY, today - DAY),
        TimeFilter.THIS_MONTH: window_at(Timescale.MONTH, today),
        # From the first of the month: a month's length before 31 March is no day of February.
        TimeFilter.LAST_MONTH: window_at(Timescale.MONTH, today.replace(day=1) - DAY),
        TimeFilter.THIS_YEAR: window_at(Timescale.YEAR, today),
        TimeFilter.LAST_YEAR: window_at(Timescale.YEAR, date(today.year, 1, 1) - DAY),
    }[time_filter]
