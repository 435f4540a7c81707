"""The diamond leaderboard in plain Python, worked out from events as they were sent."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

Json = dict[str, Any]

ALL = ("views", "gifts", "chat", "exclusive", "karaoke", "show")
USUAL = ("views", "gifts", "chat")


@dataclass(frozen=True)
class Gift:
    """An event: who gave how many diamonds for what, in which session, and when."""

    event_id: str
    session: str
    viewer: str
    category: str
    diamonds: int
    time: datetime


@dataclass(frozen=True)
class Shown:
    """When a session was first shown and when it ended."""

    started: datetime | None
    ended: datetime | None = None

    def counts(self, time: datetime, *, days: int, now: datetime) -> bool:
        """Whether what was given then counts: by whole hours."""
        if self.started is None:
            return False
        end = now if self.ended is None else self.ended + timedelta(hours=1)
        begin = max(self.started, end - timedelta(days=days))
        hour = time.replace(minute=0, second=0, microsecond=0)
        ends_later = self.ended is None or hour <= end
        return hour + timedelta(hours=1) > begin and ends_later


def once(gifts: Iterable[Gift]) -> list[Gift]:
    """The first event of each id."""
    first: dict[str, Gift] = {}
    for gift in gifts:
        first.setdefault(gift.event_id, gift)
    return list(first.values())


def leaderboard(
    gifts: Iterable[Gift],
    session: str,
    shown: Shown,
    *,
    categories: Sequence[str] = USUAL,
    days: int = 1,
    now: datetime,
    left_out: str | None = None,
) -> list[Json]:
    """Every line in order, as the service answers it."""
    given: dict[str, dict[str, int]] = defaultdict(lambda: dict.fromkeys(ALL, 0))
    for gift in once(gifts):
        if gift.session != session or gift.viewer == left_out:
            continue
        if not shown.counts(gift.time, days=days, now=now):
            continue
        is_part = gift.category in ("karaoke", "show")
        if gift.category in categories or (is_part and "gifts" in categories):
            given[gift.viewer][gift.category] += gift.diamonds
        if is_part and "gifts" in categories:
            given[gift.viewer]["gifts"] += gift.diamonds
    lines = [_line(viewer, sums, categories) for viewer, sums in given.items()]
    return sorted(lines, key=lambda line: (-line["total"], line["id"]))


def place(lines: Sequence[Json], viewer: str) -> tuple[int | None, int | None]:
    """A viewer's rank, and the diamonds missing to the next higher total."""
    own = next((line["total"] for line in lines if line["id"] == viewer), None)
    ahead = [line["total"] for line in lines if line["total"] > (own or 0)]
    to_next = min(ahead) - (own or 0) if ahead else None
    return (None if own is None else 1 + len(ahead)), to_next


def _line(viewer: str, sums: dict[str, int], categories: Sequence[str]) -> Json:
    total = sum(sums[name] for name in ("views", "gifts", "chat", "exclusive") if name in categories)
    summary = {
        "total.diamonds.gifts": sums["gifts"] - sums["karaoke"] - sums["show"]
        if "gifts" in categories
        else 0,
        "total.diamonds.views": sums["views"] + sums["chat"],
        "total.diamonds.karaoke": sums["karaoke"],
        "total.diamonds.chat": sums["chat"],
        "total.diamonds.show": sums["show"],
        "total.diamonds.exclusive": sums["exclusive"],
    }
    return {"id": viewer, "total": total, "summary": summary}
