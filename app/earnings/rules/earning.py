"""An earning, and where it is added up."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from bson import ObjectId

from app.aggregations.earnings import Category, total_path
from app.earnings.rules.categories import recorded_under
from app.earnings.rules.parts import part_of
from app.earnings.rules.windows import hour_of


@dataclass(frozen=True, slots=True)
class Earning:
    """Diamonds that a viewer gave in a session; `event_id` is its sender's name for it."""

    event_id: str
    streamer: ObjectId
    session: ObjectId
    viewer: ObjectId
    category: Category
    diamonds: int
    time: datetime

    @property
    def hour(self) -> "Hour":
        """The hour in which it counts."""
        return Hour(self.streamer, hour_of(self.time))


@dataclass(frozen=True, slots=True)
class Hour:
    """An hour of a streamer."""

    streamer: ObjectId
    time: datetime


@dataclass(frozen=True, slots=True)
class HourPart:
    """A part of an hour: one document."""

    hour: Hour
    number: int


def increments(
    earnings: Iterable[Earning], parts: Mapping[Hour, int]
) -> Mapping[HourPart, Mapping[str, int]]:
    """What is added where: by document, then by path; `parts` is how many an hour has."""
    added: dict[HourPart, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for earning in earnings:
        viewer = str(earning.viewer)
        part = HourPart(earning.hour, part_of(viewer, parts[earning.hour]))
        for category in recorded_under(earning.category):
            added[part][total_path(category, str(earning.session), viewer)] += earning.diamonds
        added[part]["revenue"] += earning.diamonds
    return added
