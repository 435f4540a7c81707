"""When a period ends: rollover instants in a time zone. Pure; the present is an argument."""

from bisect import bisect_left
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import IntEnum
from itertools import count as counted
from zoneinfo import ZoneInfo

HOUR = timedelta(hours=1)
DAYS_A_WEEK = 7
MONTHS_A_YEAR = 12


class Rollover(IntEnum):
    """How often a leaderboard starts over; the numbers are the wire's."""

    HOURLY = 0
    DAILY = 1
    WEEKLY = 2
    MONTHLY = 3
    ANNUALLY = 4
    NONE = 5


@dataclass(frozen=True, slots=True)
class RolloverTimes:
    """Where within its period a rollover happens, in the leaderboard's own time zone.

    `weekly_day` is 0 or 7 for Sunday, 1 for Monday; `monthly_day` past the end of a month means its last day.
    """

    hourly_minute: int
    time_of_day: time
    weekly_day: int
    monthly_day: int


def is_due(closes_at: datetime | None, now: datetime) -> bool:
    """True from the closing instant on; what has none is never due."""
    return closes_at is not None and closes_at <= now


def next_rollover(
    rollover: Rollover, *, after: datetime, times: RolloverTimes, zone: ZoneInfo
) -> datetime | None:
    """The first rollover strictly later than `after`, in UTC; None when there is none by itself.

    A local time that a clock change skips happens at the change; one that comes twice counts the first
    time. Hourly is every real hour: each instant at which the local clock shows the minute.
    """
    after = after.astimezone(UTC)
    if rollover is Rollover.NONE:
        return None
    if rollover is Rollover.HOURLY:
        return _next_hour(after, times.hourly_minute, zone)
    days = _rollover_days(rollover, after.astimezone(zone).date(), times)
    instants = (local_instant(datetime.combine(day, times.time_of_day), zone) for day in days)
    return next(instant for instant in instants if instant > after)


def next_rollovers(
    rollover: Rollover, *, after: datetime, times: RolloverTimes, zone: ZoneInfo, count: int
) -> list[datetime]:
    """The next `count` rollovers, soonest first; none for a leaderboard that is only rolled by hand."""
    found: list[datetime] = []
    while len(found) < count:
        instant = next_rollover(rollover, after=found[-1] if found else after, times=times, zone=zone)
        if instant is None:
            break
        found.append(instant)
    return found


def month_later(instant: datetime) -> datetime:
    """The same day and time of the month after, or that month's last day."""
    return datetime.combine(_day_of_month(instant.date(), 1, instant.day), instant.timetz())


def local_instant(wished: datetime, zone: ZoneInfo) -> datetime:
    """The first instant at which the zone's clock has reached a local time."""
    instant = wished.replace(tzinfo=zone).astimezone(UTC)
    if _local(instant, zone) == wished:
        return instant
    # Skipped by a clock change: reading it with the offset after the change falls before the change.
    before = wished.replace(tzinfo=zone, fold=1).timestamp()
    seconds = range(int(before), int(instant.timestamp()) + 1)
    change = bisect_left(
        seconds, wished, key=lambda second: _local(datetime.fromtimestamp(second, UTC), zone)
    )
    return datetime.fromtimestamp(seconds[change], UTC)


def _next_hour(after: datetime, minute: int, zone: ZoneInfo) -> datetime:
    # A change of offset within the hour moves the minute, so both offsets propose and the clock decides.
    offsets = {_offset(after, zone), _offset(after + HOUR, zone)}
    proposed = (
        _minute_past(after, minute, offset) + late for offset in offsets for late in (timedelta(0), HOUR)
    )
    return min(instant for instant in proposed if _shows(instant, minute, zone))


def _minute_past(after: datetime, minute: int, offset: timedelta) -> datetime:
    local = after + offset
    shown = local.replace(minute=minute, second=0, microsecond=0)
    return (shown if shown > local else shown + HOUR) - offset


def _shows(instant: datetime, minute: int, zone: ZoneInfo) -> bool:
    local = instant.astimezone(zone)
    return local.minute == minute and local.second == 0


def _offset(instant: datetime, zone: ZoneInfo) -> timedelta:
    return instant.astimezone(zone).utcoffset() or timedelta(0)


def _rollover_days(rollover: Rollover, today: date, times: RolloverTimes) -> Iterator[date]:
    """The days of that kind of rollover from today on; the first may already be over."""
    if rollover is Rollover.DAILY:
        return (today + timedelta(days=ahead) for ahead in counted())
    if rollover is Rollover.WEEKLY:
        wait = (times.weekly_day - today.isoweekday()) % DAYS_A_WEEK
        return (today + timedelta(days=wait + DAYS_A_WEEK * ahead) for ahead in counted())
    if rollover is Rollover.MONTHLY:
        # Each month is reckoned from the wished day, never from the last rollover, so that nothing drifts.
        return (_day_of_month(today, ahead, times.monthly_day) for ahead in counted())
    return (date(year, 1, 1) for year in counted(today.year))


def _day_of_month(today: date, months_ahead: int, day: int) -> date:
    years, month = divmod(today.month - 1 + months_ahead, MONTHS_A_YEAR)
    year = today.year + years
    return date(year, month + 1, min(day, monthrange(year, month + 1)[1]))


def _local(instant: datetime, zone: ZoneInfo) -> datetime:
    return instant.astimezone(zone).replace(tzinfo=None)
