"""Days and months of listening: they start at 04:00 on the clock of a time zone. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from app.kit.periods import local_instant

DAY_STARTS_AT = time(4)
#: An event may last so long: what began in a span may be ended by what comes so much later.
MAX_EVENT_DURATION = timedelta(hours=4)
DAY = timedelta(days=1)
DAYS_A_MONTH_AT_MOST = timedelta(days=31)


@dataclass(frozen=True, slots=True)
class Span:
    """A day or a month by its name, from its start to the start of the next."""

    name: str
    starts_at: datetime
    ends_at: datetime

    @property
    def looked_at_until(self) -> datetime:
        """Until when events tell about those of the span."""
        return self.ends_at + MAX_EVENT_DURATION


def days(first: date, last: date, zone: ZoneInfo) -> Iterator[Span]:
    """Every day from the first to the last. On a clock change one has 23 or 25 hours."""
    day = first
    while day <= last:
        yield Span(day.isoformat(), _start(day, zone), _start(day + DAY, zone))
        day += DAY


def months(first: date, last: date, zone: ZoneInfo) -> Iterator[Span]:
    """Every month from that of the first day to that of the last."""
    month = first.replace(day=1)
    while month <= last:
        following = (month + DAYS_A_MONTH_AT_MOST).replace(day=1)
        yield Span(f"{month:%Y-%m}", _start(month, zone), _start(following, zone))
        month = following


def day_of(instant: datetime, zone: ZoneInfo) -> date:
    """The day that an instant belongs to."""
    local = instant.astimezone(zone)
    return local.date() if local.time() >= DAY_STARTS_AT else local.date() - DAY


def _start(day: date, zone: ZoneInfo) -> datetime:
    return local_instant(datetime.combine(day, DAY_STARTS_AT), zone)
