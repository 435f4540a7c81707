"""The listening domain put together."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from app.settings import Settings


@dataclass(frozen=True, slots=True)
class Listening:
    """What the acts of the domain are given: whose clock says when a day starts."""

    zone: ZoneInfo


def open_listening(settings: Settings) -> Listening:
    """The domain as it is configured."""
    return Listening(ZoneInfo(settings.stats_time_zone))
