from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.kit.periods import Rollover, RolloverTimes, is_due, next_rollover, next_rollovers

MINUTE = timedelta(minutes=1)
AT_TWO = RolloverTimes(hourly_minute=0, time_of_day=time(2), weekly_day=1, monthly_day=31)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def upcoming(  # noqa: PLR0913 # one row of a table
    rollover: Rollover,
    after: str,
    count: int,
    *,
    zone: str = "UTC",
    at: str = "02:00",
    minute: int = 0,
    weekly_day: int = 1,
    monthly_day: int = 31,
) -> list[str]:
    times = RolloverTimes(minute, time.fromisoformat(at), weekly_day, monthly_day)
    found = next_rollovers(rollover, after=utc(after), times=times, zone=ZoneInfo(zone), count=count)
    return [f"{instant:%Y-%m-%d %H:%M}" for instant in found]


PLAIN = [
    (Rollover.HOURLY, "2026-05-01 09:15", ["2026-05-01 10:00", "2026-05-01 11:00"]),
    (Rollover.HOURLY, "2026-05-01 23:00", ["2026-05-02 00:00"]),  # the instant itself is over
    (Rollover.DAILY, "2026-05-01 01:59", ["2026-05-01 02:00", "2026-05-02 02:00"]),
    (Rollover.DAILY, "2026-05-01 02:00", ["2026-05-02 02:00"]),  # strictly later
    (Rollover.WEEKLY, "2026-05-01 09:00", ["2026-05-04 02:00", "2026-05-11 02:00"]),  # Friday, then Mondays
    (Rollover.WEEKLY, "2026-05-04 01:00", ["2026-05-04 02:00"]),  # a Monday before two
    (Rollover.WEEKLY, "2026-05-04 02:00", ["2026-05-11 02:00"]),  # a Monday at two
    # 31 January, 28 February, 31 March, 30 April: no day is lost on the way
    (
        Rollover.MONTHLY,
        "2026-01-05 00:00",
        ["2026-01-31 02:00", "2026-02-28 02:00", "2026-03-31 02:00", "2026-04-30 02:00"],
    ),
    (Rollover.MONTHLY, "2028-01-31 02:00", ["2028-02-29 02:00", "2028-03-31 02:00"]),  # a leap year
    (Rollover.MONTHLY, "2026-11-30 12:00", ["2026-12-31 02:00", "2027-01-31 02:00"]),  # over the new year
    (Rollover.ANNUALLY, "2026-01-01 01:00", ["2026-01-01 02:00", "2027-01-01 02:00"]),
    (Rollover.ANNUALLY, "2026-01-01 02:00", ["2027-01-01 02:00"]),
    (Rollover.NONE, "2026-01-01 02:00", []),
]


@pytest.mark.parametrize(("rollover", "after", "expected"), PLAIN)
def test_rollovers_come_at_their_calendar_times(rollover: Rollover, after: str, expected: list[str]) -> None:
    assert upcoming(rollover, after, len(expected) or 1) == expected


@pytest.mark.parametrize(
    ("weekly_day", "expected"),
    [
        (0, "2026-05-03 02:00"),  # Sunday
        (7, "2026-05-03 02:00"),  # Sunday too
        (1, "2026-05-04 02:00"),  # Monday
        (5, "2026-05-08 02:00"),  # Friday: today's is over
        (6, "2026-05-02 02:00"),  # Saturday
    ],
)
def test_weekly_days_count_from_sunday(weekly_day: int, expected: str) -> None:
    friday_noon = "2026-05-01 12:00"

    assert upcoming(Rollover.WEEKLY, friday_noon, 1, weekly_day=weekly_day) == [expected]


CLOCK_CHANGES = [
    # Zurich, 29 March 2026: 02:00 becomes 03:00; 02:30 happens at the change, and next day at 02:30
    ("Europe/Zurich", "02:30", "2026-03-28 12:00", ["2026-03-29 01:00", "2026-03-30 00:30"]),
    ("Europe/Zurich", "02:00", "2026-03-28 12:00", ["2026-03-29 01:00", "2026-03-30 00:00"]),
    ("Europe/Zurich", "03:00", "2026-03-28 12:00", ["2026-03-29 01:00", "2026-03-30 01:00"]),
    # Zurich, 25 October 2026: 02:00 to 03:00 comes twice, 02:30 counts the first time
    ("Europe/Zurich", "02:30", "2026-10-24 12:00", ["2026-10-25 00:30", "2026-10-26 01:30"]),
    ("Europe/Zurich", "02:30", "2026-10-25 00:30", ["2026-10-26 01:30"]),
    # Havana, 8 March 2026: midnight becomes 01:00
    ("America/Havana", "00:00", "2026-03-07 12:00", ["2026-03-08 05:00", "2026-03-09 04:00"]),
    # Lord Howe, 5 October 2025: 02:00 becomes 02:30
    ("Australia/Lord_Howe", "02:15", "2025-10-04 12:00", ["2025-10-04 15:30", "2025-10-05 15:15"]),
    # Troll, 29 March 2026: 01:00 becomes 03:00
    ("Antarctica/Troll", "01:30", "2026-03-28 12:00", ["2026-03-29 01:00", "2026-03-29 23:30"]),
    # Samoa had no 30 December 2011: its rollover happens as the 31st begins, that of the 31st in its time
    ("Pacific/Apia", "02:00", "2011-12-29 13:00", ["2011-12-30 10:00", "2011-12-30 12:00"]),
]


@pytest.mark.parametrize(("zone", "at", "after", "expected"), CLOCK_CHANGES)
def test_skipped_times_happen_at_the_change_and_doubled_ones_once(
    zone: str, at: str, after: str, expected: list[str]
) -> None:
    assert upcoming(Rollover.DAILY, after, len(expected), zone=zone, at=at) == expected


HOURLY = [
    # Kathmandu is 5:45 ahead: its full hours are a quarter past in UTC
    ("Asia/Kathmandu", 0, "2026-05-01 00:00", ["2026-05-01 00:15", "2026-05-01 01:15"]),
    # Zurich's spring change skips no real hour, and its autumn change has both
    ("Europe/Zurich", 0, "2026-03-29 00:30", ["2026-03-29 01:00", "2026-03-29 02:00"]),
    ("Europe/Zurich", 0, "2026-10-24 23:30", ["2026-10-25 00:00", "2026-10-25 01:00", "2026-10-25 02:00"]),
    # Lord Howe, 5 October 2025: 01:45, then 02:45 after half a real hour
    ("Australia/Lord_Howe", 45, "2025-10-04 15:00", ["2025-10-04 15:15", "2025-10-04 15:45"]),
    # Lord Howe, 5 October 2025: 01:15, no 02:15, 03:15
    ("Australia/Lord_Howe", 15, "2025-10-04 14:00", ["2025-10-04 14:45", "2025-10-04 16:15"]),
    # Lord Howe, 5 April 2026: 01:00, then 02:00 after an hour and a half
    ("Australia/Lord_Howe", 0, "2026-04-04 13:30", ["2026-04-04 14:00", "2026-04-04 15:30"]),
    # Lord Howe, 5 April 2026: 01:45 comes twice within half an hour, each a real one
    ("Australia/Lord_Howe", 45, "2026-04-04 14:30", ["2026-04-04 14:45", "2026-04-04 15:15"]),
]


@pytest.mark.parametrize(("zone", "minute", "after", "expected"), HOURLY)
def test_hourly_is_whenever_the_local_clock_shows_the_minute(
    zone: str, minute: int, after: str, expected: list[str]
) -> None:
    assert upcoming(Rollover.HOURLY, after, len(expected), zone=zone, minute=minute) == expected


def test_after_an_outage_of_days_there_is_one_next_rollover() -> None:
    back_up = utc("2026-05-04 09:00")  # daily at 02:00, last run on 1 May

    following = next_rollover(Rollover.DAILY, after=back_up, times=AT_TWO, zone=ZoneInfo("UTC"))

    assert following == utc("2026-05-05 02:00")


def test_the_present_may_be_given_in_any_zone() -> None:
    new_york = utc("2026-05-01 01:59").astimezone(ZoneInfo("America/New_York"))

    following = next_rollover(Rollover.DAILY, after=new_york, times=AT_TWO, zone=ZoneInfo("UTC"))

    assert following == utc("2026-05-01 02:00")


@pytest.mark.parametrize(
    ("closes_at", "due"),
    [("2026-05-01 01:59", True), ("2026-05-01 02:00", True), ("2026-05-01 02:01", False)],
)
def test_a_period_is_due_from_its_closing_instant_on(closes_at: str, due: bool) -> None:  # noqa: FBT001
    assert is_due(utc(closes_at), utc("2026-05-01 02:00")) is due


def test_a_period_without_an_end_is_never_due() -> None:
    assert not is_due(None, utc("2026-05-01 02:00"))


def rollovers_by_the_minute(
    rollover: Rollover, *, after: datetime, times: RolloverTimes, zone: ZoneInfo
) -> Iterator[datetime]:
    """The oracle: a clock on the wall, read every minute; counts what it passes for the first time."""
    instant = after.astimezone(UTC).replace(second=0, microsecond=0) - timedelta(days=2)
    reached = instant.astimezone(zone).replace(tzinfo=None)
    while True:
        instant += MINUTE
        shown = instant.astimezone(zone).replace(tzinfo=None)
        if rollover is Rollover.HOURLY:
            happens = shown.minute == times.hourly_minute
        else:
            days = (reached.date() + timedelta(days=ahead) for ahead in range(3))
            wished = [
                datetime.combine(day, times.time_of_day) for day in days if falls_on(rollover, day, times)
            ]
            happens = any(reached < moment <= shown for moment in wished)
        reached = max(reached, shown)
        if happens and instant > after:
            yield instant


def falls_on(rollover: Rollover, day: date, times: RolloverTimes) -> bool:
    if rollover is Rollover.WEEKLY:
        return day.isoweekday() % 7 == times.weekly_day % 7
    if rollover is Rollover.MONTHLY:
        is_last = (day + timedelta(days=1)).day == 1
        return day.day == times.monthly_day or (is_last and day.day < times.monthly_day)
    if rollover is Rollover.ANNUALLY:
        return (day.month, day.day) == (1, 1)
    return True


CHANGE_DAYS = [
    ("UTC", "2026-02-28"),
    ("Europe/Zurich", "2026-03-29"),
    ("Europe/Zurich", "2026-10-25"),
    ("America/Havana", "2026-03-08"),
    ("America/St_Johns", "2010-11-07"),  # changed a minute after midnight
    ("Australia/Lord_Howe", "2025-10-04"),
    ("Australia/Lord_Howe", "2026-04-04"),
    ("Pacific/Chatham", "2026-04-04"),
    ("Asia/Kathmandu", "2026-01-31"),
    ("Asia/Pyongyang", "2018-05-04"),  # half an hour, for good
    ("Antarctica/Troll", "2026-03-29"),
    ("Pacific/Apia", "2011-12-30"),
    ("Africa/Casablanca", "2026-02-15"),
]

times_of_rollover = st.builds(
    RolloverTimes,
    hourly_minute=st.integers(0, 59),
    time_of_day=st.one_of(
        st.sampled_from([time(0), time(0, 30), time(1, 45), time(2), time(2, 30), time(23, 59)]),
        st.builds(time, st.integers(0, 23), st.integers(0, 59)),
    ),
    weekly_day=st.integers(0, 7),
    monthly_day=st.integers(1, 31),
)


@st.composite
def moments(draw: st.DrawFn) -> tuple[datetime, ZoneInfo]:
    """Any moment in the two days around a clock change, most often on a full minute."""
    zone, day = draw(st.sampled_from(CHANGE_DAYS))
    seconds = draw(st.sampled_from([0, 0, 0, 0.5, 59.999999]))
    moment = utc(day) + timedelta(minutes=draw(st.integers(-1440, 1440)), seconds=seconds)
    return moment, ZoneInfo(zone)


by_itself = st.sampled_from([kind for kind in Rollover if kind is not Rollover.NONE])


@settings(max_examples=60, deadline=None)
@given(st.sampled_from([Rollover.HOURLY, Rollover.DAILY, Rollover.WEEKLY]), moments(), times_of_rollover)
def test_the_next_rollover_is_what_a_clock_on_the_wall_shows(
    rollover: Rollover, moment: tuple[datetime, ZoneInfo], times: RolloverTimes
) -> None:
    after, zone = moment

    found = next_rollover(rollover, after=after, times=times, zone=zone)

    assert found == next(rollovers_by_the_minute(rollover, after=after, times=times, zone=zone))


@settings(max_examples=5, deadline=None)
@given(moments(), times_of_rollover)
def test_the_next_monthly_rollover_is_what_a_clock_on_the_wall_shows(
    moment: tuple[datetime, ZoneInfo], times: RolloverTimes
) -> None:
    after, zone = moment

    found = next_rollover(Rollover.MONTHLY, after=after, times=times, zone=zone)

    assert found == next(rollovers_by_the_minute(Rollover.MONTHLY, after=after, times=times, zone=zone))


@settings(deadline=None)
@given(by_itself, moments(), times_of_rollover)
def test_rollovers_are_in_utc_and_strictly_later(
    rollover: Rollover, moment: tuple[datetime, ZoneInfo], times: RolloverTimes
) -> None:
    after, zone = moment

    found = next_rollovers(rollover, after=after, times=times, zone=zone, count=4)

    assert all(earlier < later for earlier, later in zip([after, *found], found, strict=False))
    assert all(instant.tzinfo is UTC for instant in found)


@settings(deadline=None)
@given(by_itself, moments(), times_of_rollover, st.integers(0, 99))
def test_until_a_rollover_it_stays_the_next_one(
    rollover: Rollover, moment: tuple[datetime, ZoneInfo], times: RolloverTimes, percent: int
) -> None:
    after, zone = moment
    found = next_rollover(rollover, after=after, times=times, zone=zone)
    assert found is not None
    meanwhile = after + (found - after) * percent // 100

    asked_again = next_rollover(rollover, after=meanwhile, times=times, zone=zone)

    assert asked_again == found


@settings(deadline=None)
@given(by_itself, moments(), times_of_rollover, st.timedeltas(timedelta(0), timedelta(days=400)))
def test_a_later_question_never_has_an_earlier_answer(
    rollover: Rollover, moment: tuple[datetime, ZoneInfo], times: RolloverTimes, wait: timedelta
) -> None:
    after, zone = moment

    sooner = next_rollover(rollover, after=after, times=times, zone=zone)
    later = next_rollover(rollover, after=after + wait, times=times, zone=zone)

    assert sooner is not None
    assert later is not None
    assert sooner <= later


@settings(deadline=None)
@given(st.integers(1, 31), st.sampled_from([name for name, _ in CHANGE_DAYS]))
def test_a_monthly_rollover_never_drifts(day: int, name: str) -> None:
    zone = ZoneInfo(name)
    times = RolloverTimes(0, time(12), 1, day)

    found = next_rollovers(Rollover.MONTHLY, after=utc("2025-12-31 00:00"), times=times, zone=zone, count=36)
    local = [instant.astimezone(zone) for instant in found]

    assert {moment.day for moment in local if moment.month in {1, 3, 5, 7, 8, 10}} == {day}
