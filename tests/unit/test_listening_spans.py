"""Days and months of listening, and the days on which clocks change."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.listening.rules.spans import MAX_EVENT_DURATION, day_of, days, months

ZURICH = ZoneInfo("Europe/Zurich")
HOUR = timedelta(hours=1)


def local(text: str) -> datetime:
    """That time on the clock of Zurich."""
    return datetime.fromisoformat(text).replace(tzinfo=ZURICH)


@pytest.mark.parametrize(
    ("day", "hours"),
    [
        (date(2024, 3, 29), 24),
        (date(2024, 3, 30), 23),  # clocks go forward in the night to the 31st
        (date(2024, 3, 31), 24),
        (date(2024, 10, 26), 25),  # and back in the night to the 27th
        (date(2024, 10, 27), 24),
    ],
)
def test_40_5_a_day_that_a_clock_change_ends_has_23_or_25_hours(day: date, hours: int) -> None:
    (span,) = days(day, day, ZURICH)

    assert span.ends_at - span.starts_at == hours * HOUR


@pytest.mark.parametrize("day", ["2024-11-05", "2024-03-31", "2024-10-27"])
def test_40_5_until_four_it_is_the_day_before(day: str) -> None:
    early, late = local(f"{day}T03:59:59.999"), local(f"{day}T04:00:00")

    assert day_of(early, ZURICH) == date.fromisoformat(day) - timedelta(days=1)
    assert day_of(late, ZURICH) == date.fromisoformat(day)


def test_a_day_starts_at_four_and_ends_where_the_next_starts() -> None:
    (span,) = days(date(2024, 11, 5), date(2024, 11, 5), ZURICH)

    assert (span.name, span.starts_at, span.ends_at) == (
        "2024-11-05",
        datetime(2024, 11, 5, 3, tzinfo=UTC),
        datetime(2024, 11, 6, 3, tzinfo=UTC),
    )


def test_events_are_looked_at_for_the_longest_duration_longer() -> None:
    (span,) = days(date(2024, 11, 5), date(2024, 11, 5), ZURICH)

    assert span.looked_at_until == span.ends_at + MAX_EVENT_DURATION


def test_months_are_whole_whatever_days_are_given() -> None:
    names = [span.name for span in months(date(2023, 11, 30), date(2024, 2, 1), ZURICH)]

    assert names == ["2023-11", "2023-12", "2024-01", "2024-02"]


def test_a_month_has_the_days_of_the_month() -> None:
    (month,) = months(date(2024, 10, 5), date(2024, 10, 20), ZURICH)
    october = list(days(date(2024, 10, 1), date(2024, 10, 31), ZURICH))

    assert (month.starts_at, month.ends_at) == (october[0].starts_at, october[-1].ends_at)


@given(
    st.dates(date(1990, 1, 1), date(2040, 1, 1)),
    st.sampled_from(["Europe/Zurich", "America/Sao_Paulo", "Asia/Kathmandu", "Australia/Lord_Howe", "UTC"]),
)
def test_days_follow_one_another_without_a_gap(first: date, zone: str) -> None:
    spans = list(days(first, first + timedelta(days=40), ZoneInfo(zone)))

    assert all(day.ends_at == following.starts_at for day, following in pairwise(spans))
    assert all(day_of(span.starts_at, ZoneInfo(zone)).isoformat() == span.name for span in spans)
