"""Time enters here once per request or job; below that it is an argument."""

from datetime import UTC, datetime


def utc_now() -> datetime:
    """The present instant, aware, in UTC."""
    return datetime.now(UTC)


def to_millis(instant: datetime) -> int:
    """Unix milliseconds of an aware instant, the wire's unit of time."""
    return int(instant.timestamp() * 1000)


def from_millis(millis: int) -> datetime:
    """The instant of a unix time in milliseconds."""
    return datetime.fromtimestamp(millis / 1000, UTC)
