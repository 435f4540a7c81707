"""What one leaderboard should hold after scores and rollovers, in plain Python.

Written from the rules alone: every player is looked at by itself, nothing is taken from the service.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any, NamedTuple

ACKNOWLEDGED, UNCHANGED, DEMOTED, PROMOTED = -1, 0, 1, 2

LineKey = tuple[int, str | None]


class Prize(NamedTuple):
    """A reward: the worst rank or the lowest percentile that wins it, in guild shards or in all others."""

    rank: int | None
    percentile: int | None
    guild: bool

    @property
    def subject(self) -> str:
        """Equal exactly for prizes that nobody can tell apart."""
        return f"{self.rank}/{self.percentile}/{self.guild}"


class Rule(NamedTuple):
    """One tier. 0: that rank, share or limit is off."""

    promotion: int = 0
    demotion: int = 0
    promoted_share: int = 0
    demoted_share: int = 0
    seats: int = 0
    season_leads_to: int = 0
    prizes: tuple[Prize, ...] = ()

    def promotes(self, rank: int, players: int) -> bool:
        """True for the ranks that go up."""
        if self.promotion:
            return rank <= self.promotion
        return Fraction(100 * rank, players) <= self.promoted_share

    def demotes(self, rank: int, players: int) -> bool:
        """True for the ranks that go down."""
        if self.demotion:
            return rank >= self.demotion
        return Fraction(100 * (players - rank + 1), players) <= self.demoted_share


@dataclass(frozen=True)
class Line:
    """One player's score in one cycle and scope."""

    score: int
    version: int
    tier: int
    barred: bool = False


@dataclass(frozen=True)
class Record:
    """One player's enrollment. Archives: cycle and shard, newest cycle first."""

    tier: int = 0
    active_cycle: int | None = None
    active_tier: int = 0
    seasonal_max: int = -1
    scored_in_season: bool = False
    status: int = ACKNOWLEDGED
    season_ended: bool = False
    guild: str | None = None
    archives: tuple[tuple[int, str], ...] = ()


class Grant(NamedTuple):
    """One reward owed: for a rank in an archive, or for the highest tier of a season."""

    source: str
    player: int
    subject: str
    place: int


@dataclass
class Outcome:
    """What a rollover left behind: rank and score by archive and player, and what is owed."""

    archives: dict[str, dict[int, tuple[int, int]]] = field(default_factory=dict)
    grants: set[Grant] = field(default_factory=set)


@dataclass
class Model:
    """Everything one leaderboard should hold. Waiting: scores for a cycle in which they have no place yet."""

    rules: tuple[Rule, ...]
    season: int
    cycle: int = 1
    locked: bool = False
    remaining: int = 0
    lines: dict[LineKey, Line] = field(default_factory=dict)
    waiting: dict[LineKey, Line] = field(default_factory=dict)
    records: dict[int, Record] = field(default_factory=dict)
    barred: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.remaining = self.season

    @property
    def top(self) -> int:
        """The highest tier."""
        return len(self.rules) - 1

    def place(self, player: int, guild: str | None = None) -> Line:
        """The line of a player in the open cycle, made where there was none."""
        key = player, guild
        if key not in self.lines:
            record = self.records.setdefault(player, Record())
            self.records[player] = replace(record, guild=guild or record.guild)
            waited = self.waiting.pop(key, Line(0, 0, 0))
            self.lines[key] = replace(waited, tier=record.tier)
            if waited.version:
                self._mark(player, guild, record.tier)
        return self.lines[key]

    def score(self, player: int, guild: str | None, delta: int) -> Line:
        """The line after a score in the running cycle."""
        line = self.place(player, guild)
        self._mark(player, guild, line.tier)
        return self._write(self.lines, (player, guild), score=max(0, line.score + delta))

    def wait(self, player: int, guild: str | None, delta: int) -> Line:
        """The line after a score that counts in the next cycle."""
        line = self.waiting.setdefault((player, guild), Line(0, 0, 0))
        return self._write(self.waiting, (player, guild), score=max(0, line.score + delta))

    def set_tier(self, player: int, tier: int, score: int | None) -> None:
        """An administrator puts a player of the open cycle into a tier."""
        line = self.place(player)
        wanted = line.score if score is None else score
        self.lines[player, None] = replace(line, score=wanted, version=line.version + 1, tier=tier)
        self.records[player] = replace(
            self.records[player],
            tier=tier,
            seasonal_max=tier,
            scored_in_season=self.records[player].scored_in_season or wanted > 0,
            active_cycle=self.cycle if wanted > 0 else None,
            status=ACKNOWLEDGED,
        )

    def acknowledge(self, player: int) -> None:
        """A player has seen what the last rollover did."""
        if player in self.records:
            self.records[player] = replace(self.records[player], status=ACKNOWLEDGED, season_ended=False)

    def bar(self, player: int) -> None:
        """A player's lines of the running cycle no longer count."""
        if player not in self.barred:
            self.barred.add(player)
            self.turn(player, barred=True)

    def turn(self, player: int, *, barred: bool) -> None:
        """Take a player's lines out of the ranking, or put them back."""
        for key, line in self.lines.items():
            if key[0] == player and line.barred != barred:
                self.turn_line(key, barred=barred)

    def turn_line(self, key: LineKey, *, barred: bool) -> None:
        """The same of one line."""
        line = self.lines[key]
        self.lines[key] = replace(line, version=line.version + 1, barred=barred)

    def lock(self) -> None:
        """The cycle ends; who was barred and still waits for a place in it never gets one."""
        self.locked = True
        self.waiting = {}

    def roll_over(
        self, run_id: str, shards: Mapping[LineKey, str], members: Collection[int] | None
    ) -> Outcome:
        """What ends with the cycle: who was in which shard, and who is in the guild now, is given."""
        ending = _Ending(self, run_id, shards, members or ())
        for shard_id in sorted(set(shards.values())):
            ending.settle_shard(shard_id)
        ending.settle_others()
        if self.season:
            self.remaining -= 1
        if self.season and not self.remaining:
            self.remaining = self.season
            ending.end_season()
        self._reopen()
        return ending.outcome

    def _reopen(self) -> None:
        self.cycle += 1
        self.locked = False
        self.lines = {}
        for player, guild in list(self.waiting):
            if player not in self.barred:
                self.place(player, guild)

    def _mark(self, player: int, guild: str | None, tier: int) -> None:
        record = self.records[player]
        self.records[player] = replace(
            record,
            active_cycle=self.cycle,
            active_tier=tier if record.status == ACKNOWLEDGED else record.active_tier,
            seasonal_max=max(record.seasonal_max, tier),
            scored_in_season=True,
            guild=guild or record.guild,
        )

    def _write(self, lines: dict[LineKey, Line], key: LineKey, *, score: int) -> Line:
        lines[key] = replace(lines[key], score=score, version=lines[key].version + 1)
        return lines[key]


@dataclass
class _Ending:
    """One rollover of a model."""

    model: Model
    run_id: str
    shards: Mapping[LineKey, str]
    members: Collection[int]
    outcome: Outcome = field(default_factory=Outcome)
    moved: set[int] = field(default_factory=set)

    def settle_shard(self, shard_id: str) -> None:
        """Rank, archive, reward and move the players of one shard."""
        keys = [key for key, where in self.shards.items() if where == shard_id]
        lines = {key: self.model.lines[key] for key in keys if not self.model.lines[key].barred}
        scores = {player: line.score for (player, _), line in lines.items()}
        is_guild = keys[0][1] is not None
        prizes = self.model.rules[self.model.lines[keys[0]].tier].prizes
        self.outcome.archives[shard_id] = {p: (_rank(p, scores), score) for p, score in scores.items()}
        eligible = {p: score for p, score in scores.items() if not is_guild or p in self.members}
        self.outcome.grants |= set(_won(shard_id, eligible, prizes, is_guild=is_guild))
        for player in scores:
            if is_guild:
                self._list(player, shard_id)
            else:
                self._move(player, _rank(player, scores), len(scores))

    def settle_others(self) -> None:
        """Idle players go down; the other players of public shards stay where they are."""
        for player, record in self.model.records.items():
            shard_id = self.shards.get((player, None))
            if player in self.moved:
                continue
            if record.tier > 0 and record.active_cycle != self.model.cycle:
                self._change(player, tier=record.tier - 1, status=DEMOTED)
            elif shard_id:
                self._change(player, status=UNCHANGED)
            if shard_id:
                self._list(player, shard_id)

    def end_season(self) -> None:
        """Reward the highest tiers of the season, and lower the present ones."""
        for player, record in self.model.records.items():
            best = record.seasonal_max
            if record.scored_in_season and player not in self.model.barred:
                self.outcome.grants.add(Grant(self.run_id, player, f"season {best}", best))
            lowered = min(record.tier, self.model.rules[record.tier].season_leads_to)
            status = DEMOTED if lowered < record.tier else record.status
            over = {"season_ended": True, "seasonal_max": -1, "scored_in_season": False}
            self._change(player, tier=lowered, status=status, **over)

    def _move(self, player: int, rank: int, players: int) -> None:
        line, record = self.model.lines[player, None], self.model.records[player]
        rule = self.model.rules[line.tier]
        if rule.promotes(rank, players) and line.score > 0 and line.tier < self.model.top:
            best = max(record.seasonal_max, line.tier + 1)
            self._change(player, tier=line.tier + 1, status=PROMOTED, seasonal_max=best)
        elif rule.demotes(rank, players) and line.tier > 0:
            self._change(player, tier=line.tier - 1, status=DEMOTED)
        else:
            return
        self.moved.add(player)
        self._list(player, self.shards[player, None])

    def _list(self, player: int, shard_id: str) -> None:
        archives = self.model.records[player].archives
        self._change(player, archives=((self.model.cycle, shard_id), *archives))

    def _change(self, player: int, **fields: Any) -> None:
        self.model.records[player] = replace(self.model.records[player], **fields)


def _rank(player: int, scores: Mapping[int, int]) -> int:
    return 1 + sum(other > scores[player] for other in scores.values())


def _won(
    shard_id: str, scores: Mapping[int, int], prizes: Iterable[Prize], *, is_guild: bool
) -> Iterable[Grant]:
    """The grants of one shard, each winner looked at by itself."""
    offered = [prize for prize in prizes if prize.guild is is_guild]
    for player in (player for player, score in scores.items() if score > 0):
        rank = _rank(player, scores)
        percentile = Fraction(100 * (len(scores) - rank), len(scores))
        by_rank = [prize for prize in offered if prize.rank is not None and prize.rank >= rank]
        by_share = [p for p in offered if p.percentile is not None and p.percentile <= percentile]
        if by_rank:
            best = min(by_rank, key=lambda prize: prize.rank or 0)
        elif by_share:
            best = max(by_share, key=lambda prize: prize.percentile or 0)
        else:
            continue
        yield Grant(shard_id, player, best.subject, rank)
