"""When feeds should be built, in plain Python: the model the tasks are compared with."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

DEBOUNCE = timedelta(seconds=15)
SOON = timedelta(seconds=8)
LEASE = timedelta(seconds=5)
MINUTE = timedelta(minutes=1)


@dataclass
class Begun:
    """A build: its number, and how much was wanted when it began."""

    version: int
    seen: int


@dataclass
class Task:
    """One feed: what is wanted of it, and the builds there have been."""

    wanted: int = 0
    built: int = 0
    due_at: datetime | None = None
    begun: int = 0
    begun_at: datetime | None = None
    building_until: datetime | None = None
    shown: set[int] = field(default_factory=set)
    shown_version: int = 0
    #: Minutes in which a build began for starts alone, and nobody had died before.
    minutes: list[datetime] = field(default_factory=list)
    hurried: bool = False

    def want(self, now: datetime) -> None:
        """A session started."""
        self.wanted += 1
        due_at = now + DEBOUNCE
        if self.begun_at is not None:
            due_at = max(due_at, _minute(self.begun_at) + MINUTE)
        self.due_at = min(self.due_at or due_at, due_at)

    def want_soon(self, streamer: int, now: datetime) -> None:
        """A session ended: that concerns a feed that shows it or is being built."""
        if streamer in self.shown or self.building_until is not None:
            self.wanted += 1
            self.due_at = min(self.due_at or now + SOON, now + SOON)
            self.hurried = True

    def begin(self, now: datetime) -> Begun | None:
        """A build, if there is one to begin."""
        is_abandoned = self.building_until is not None and self.building_until <= now
        is_due = self.building_until is None and self.due_at is not None and self.due_at <= now
        if not (is_abandoned or is_due):
            return None
        if is_due and not self.hurried:
            self.minutes.append(_minute(now))
        self.hurried = False
        self.begun += 1
        self.begun_at, self.due_at, self.building_until = now, None, now + LEASE
        return Begun(self.begun, self.wanted)

    def finish(self, build: Begun, streamers: set[int]) -> None:
        """A build ends, having found these streamers."""
        if build.version > self.shown_version:
            self.shown, self.shown_version = streamers, build.version
        self.built = max(self.built, build.seen)
        if build.version == self.begun or self.built == self.wanted:
            self.building_until = None


def _minute(instant: datetime) -> datetime:
    return instant.replace(second=0, microsecond=0)
