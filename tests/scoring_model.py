"""What one leaderboard should hold after scores, in plain Python."""

from dataclasses import dataclass, field, replace
from typing import NamedTuple

from app.game.receipts import ScoreAnswer

LineKey = tuple[int, str | None]


class Order(NamedTuple):
    """One score as it is sent to one of the writers."""

    writer: int
    player: int
    guild: str | None
    delta: int
    key: str | None

    @property
    def body(self) -> tuple[int, str | None, int]:
        """What a retry must repeat."""
        return self.player, self.guild, self.delta


@dataclass(frozen=True)
class Line:
    """An entry as it should be."""

    score: int
    version: int
    tier: int


@dataclass(frozen=True)
class Record:
    """An enrollment as it should be."""

    tier: int = 0
    active: bool = False
    active_tier: int = 0
    seasonal_max_tier: int = -1
    guild: str | None = None


@dataclass
class Model:
    """Everything one leaderboard should hold."""

    capacity: int
    lines: dict[LineKey, Line] = field(default_factory=dict)
    records: dict[int, Record] = field(default_factory=dict)
    barred: set[int] = field(default_factory=set)
    receipts: dict[str, tuple[tuple[int, str | None, int], ScoreAnswer]] = field(default_factory=dict)

    def place(self, player: int, guild: str | None = None) -> Line:
        """The line of a player, made where there was none."""
        record = self.records.setdefault(player, Record())
        if (player, guild) not in self.lines:
            self.lines[player, guild] = Line(0, 0, record.tier)
            self.records[player] = replace(record, guild=guild or record.guild)
        return self.lines[player, guild]

    def score(self, player: int, guild: str | None, delta: int) -> Line:
        """The line after one score."""
        line = self.place(player, guild)
        record = self.records[player]
        self.records[player] = replace(
            record,
            active=True,
            active_tier=line.tier,
            seasonal_max_tier=max(record.seasonal_max_tier, line.tier),
        )
        return self.write(player, guild, score=max(0, line.score + delta))

    def write(self, player: int, guild: str | None, **new: int) -> Line:
        """The line one version on."""
        line = self.lines[player, guild]
        self.lines[player, guild] = replace(line, version=line.version + 1, **new)
        return self.lines[player, guild]

    def turn(self, player: int) -> None:
        """Every line of a player one version on."""
        for name, guild in list(self.lines):
            if name == player:
                self.write(name, guild)
