"""What receivers call, written down instead of done; and one process's livestream acts around it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from bson import ObjectId

from app.jobs import Jobs
from app.livestream.follow_ups import FollowUps
from app.livestream.receivers import Receivers
from app.livestream.sessions import Sessions
from app.livestream.signals import Signals

PRICE_SD = 12


class Away(Exception):
    """What a test wants to be away is away."""


@dataclass
class Calls:
    """Stands for channels, push messages and feeds; `away` names what fails."""

    published: list[tuple[str, str, Any]] = field(default_factory=list)
    forgotten: list[str] = field(default_factory=list)
    notified: list[tuple[ObjectId, ObjectId]] = field(default_factory=list)
    wanted: list[tuple[str, ObjectId]] = field(default_factory=list)
    debounce: timedelta = timedelta(seconds=15)
    away: set[str] = field(default_factory=set)

    async def publish(self, channel: str, event: str, data: object) -> None:
        self._need("publish")
        self.published.append((channel, event, data))

    async def forget(self, names: Iterable[str]) -> None:
        self._need("forget")
        self.forgotten.extend(names)

    async def notify_followers(self, session_id: ObjectId, streamer_id: ObjectId, *, now: datetime) -> None:  # noqa: ARG002 # as the receivers call it
        self._need("notify_followers")
        self.notified.append((session_id, streamer_id))

    async def want(self, streamer_id: ObjectId, *, now: datetime) -> list[str]:  # noqa: ARG002 # as the receivers call it
        self._need("want")
        self.wanted.append(("want", streamer_id))
        return ["global", "asia"]

    async def want_soon(self, streamer_id: ObjectId, *, now: datetime) -> None:  # noqa: ARG002 # as the receivers call it
        self._need("want_soon")
        self.wanted.append(("want_soon", streamer_id))

    def _need(self, what: str) -> None:
        if what in self.away:
            raise Away(what)


class Clock:
    """A time that a test moves."""

    def __init__(self) -> None:
        self.now = datetime.now(UTC).replace(microsecond=0)

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, **parts: float) -> datetime:
        """That much later."""
        self.now += timedelta(**parts)
        return self.now


class Process:
    """One process's acts, with everything that is outside of MongoDB written down."""

    def __init__(self, jobs: Jobs, calls: Calls, clock: Clock) -> None:
        self.calls = calls
        self.clock = clock
        self.signals = Signals()
        self.follow_ups = FollowUps(self.signals)
        self.receivers = Receivers(self.follow_ups, jobs, calls, calls, calls, clock=clock)
        self.receivers.connect(self.signals)
        self.sessions = Sessions(self.follow_ups, jobs, price_sd=PRICE_SD)
