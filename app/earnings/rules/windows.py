"""Which hours of earnings a leaderboard counts."""

from dataclasses import dataclass
from datetime import datetime, timedelta

#: Gifts that were on their way when the session ended.
AFTER_END = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class SessionTimes:
    """When a session was first shown, and when it ended."""

    started: datetime
    ended: datetime | None = None

    @classmethod
    def of(cls, started: datetime | None, ended: datetime | None) -> "SessionTimes | None":
        """The times of a session; None for one that was never shown."""
        return None if started is None else cls(started, ended)

    def is_closed(self, now: datetime) -> bool:
        """True when nothing is awaited any more: an hour after the end."""
        return self.ended is not None and now >= self.ended + AFTER_END


@dataclass(frozen=True, slots=True)
class Hours:
    """Hours by their beginnings, from `first` to `last`, or without an end."""

    first: datetime
    last: datetime | None


def hour_of(instant: datetime) -> datetime:
    """When the hour began that an instant is in."""
    return instant.replace(minute=0, second=0, microsecond=0)


def hours_of(times: SessionTimes, *, days: int, now: datetime) -> Hours:
    """The hours that a window touches: from the start to an hour after the end, of these last `days` only.

    Earnings are kept by the hour, so a window is exact to the hour: the first counts whole.
    """
    last = None if times.ended is None else times.ended + AFTER_END
    oldest = (last or now) - timedelta(days=days)
    return Hours(hour_of(max(times.started, oldest)), last)
