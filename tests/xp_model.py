"""XP as a plain-Python model: photos as they are, and every board added up anew from them."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

Board = tuple[str, int, str]
#: A country, a state, a city; as a photo has them.
ModelPlace = tuple[int, int | None, int | None]


@dataclass
class ModelPhoto:
    """A photo that has been uploaded."""

    user: int
    place: ModelPlace
    taken: datetime
    is_school: bool
    tag_xp: int = 0
    is_approved: bool = False
    is_deleted: bool = False

    @property
    def xp(self) -> int:
        """What it is worth at this moment."""
        if self.is_deleted or (self.is_school and not self.is_approved):
            return 0
        return 5 + self.tag_xp


@dataclass
class XpModel:
    """Photos by id, and XP given to administrators by what it was given for."""

    photos: dict[int, ModelPhoto] = field(default_factory=dict)
    rewards: dict[tuple[int, int, str], tuple[int, datetime]] = field(default_factory=dict)

    def boards(self) -> dict[Board, dict[int, int]]:
        """XP by user of every board on which anybody has any, by scope, location and period."""
        found: dict[Board, dict[int, int]] = defaultdict(lambda: defaultdict(int))
        for photo in self.photos.values():
            for scope in _scopes(photo.place):
                for period in _periods(photo.taken):
                    found[(*scope, period)][photo.user] += photo.xp
        for (admin, _, _), (xp, given) in self.rewards.items():
            for period in _periods(given):
                found["g", 0, period][admin] += xp
        on_board = {
            board: {user: xp for user, xp in users.items() if xp > 0} for board, users in found.items()
        }
        return {board: users for board, users in on_board.items() if users}


def ranking(users: dict[int, int]) -> list[tuple[int, int]]:
    """Users with their XP, most first, then by id."""
    return sorted(users.items(), key=lambda line: (-line[1], line[0]))


def _scopes(place: ModelPlace) -> list[tuple[str, int]]:
    named = [(name, number) for name, number in zip(("c", "s", "ci"), place, strict=True) if number]
    return [("g", 0), *named]


def _periods(taken: datetime) -> list[str]:
    day: date = taken.astimezone(UTC).date()
    monday = day - timedelta(days=day.isoweekday() - 1)
    return ["", f"{day:%Y-%m-%d}", f"week of {monday:%Y-%m-%d}", f"{day:%Y-%m}", f"{day:%Y}"]
