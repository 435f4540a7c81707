"""What a rollover would do if it began now, on live data and without changing anything."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from heapq import nsmallest
from typing import TypeVar

from app.aggregations.preview import (
    Leaving,
    PreviewedLine,
    PreviewedShards,
    count_idle,
    count_open,
    count_season,
    preview_shards,
)
from app.aggregations.settlement import SeasonEnd
from app.game.disqualifications import read_barred
from app.game.documents import CycleState, EnrollmentDocument, EntryDocument, ShardDocument
from app.game.errors import RolloverRunning
from app.game.leaderboards import Leaderboard, Leaderboards
from app.game.rules.definitions import Definition
from app.game.rules.promotion import Cuts, cuts
from app.game.rules.rewards import reward_bands
from app.game.rules.seasons import ends_season

Line = TypeVar("Line", "Mover", "Winner")

#: Players shown per tier and kind; the counts are of all.
MOST_LISTED = 1_000
_NOBODY_MOVES = Cuts(promote_through=None, demote_from=None)


@dataclass(frozen=True, slots=True)
class Mover:
    """A player whose rank leads to another tier."""

    account_id: str
    rank: int
    score: int
    to: int


@dataclass(frozen=True, slots=True)
class Winner:
    """A player whose rank wins a reward."""

    account_id: str
    rank: int
    score: int
    subject: str


@dataclass(slots=True)
class TierPreview:
    """What would happen to the players of one tier. Idle: who has not scored in the cycle goes down."""

    tier: int
    shards: int = 0
    players: int = 0
    promoted: int = 0
    demoted: int = 0
    idle_demoted: int = 0
    rewarded: int = 0
    promotions: list[Mover] = field(default_factory=list)
    demotions: list[Mover] = field(default_factory=list)
    rewards: list[Winner] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class SeasonPreview:
    """What the season's end would do: winners of each tier's seasonal reward, and who would drop."""

    rewarded: list[tuple[int, str, int]]
    dropped: int


@dataclass(frozen=True, slots=True)
class Preview:
    """What a rollover would do. `season` only if it ends one."""

    leaderboard: Leaderboard
    tiers: list[TierPreview]
    season: SeasonPreview | None


@dataclass(frozen=True, slots=True)
class _Group:
    """Shards that the same ranks mean the same in: of one tier and kind, with as many players each."""

    tier: int
    is_guild: bool
    players: int
    shard_ids: Sequence[str]

    def cuts(self, definition: Definition) -> Cuts:
        if self.is_guild:
            return _NOBODY_MOVES
        return cuts(definition.rule(self.tier), players=self.players, top_tier=definition.top_tier)


async def preview_rollover(leaderboards: Leaderboards, leaderboard_id: str) -> Preview:
    """Who would be promoted, demoted and rewarded with what. Raises UnknownLeaderboard or RolloverRunning.

    In guild shards everybody counts as still being a member: only the rollover itself asks the guild
    service. Players of tiers that no longer exist are counted in the highest that does.
    """
    leaderboards.forget(leaderboard_id)
    leaderboard = await leaderboards.get(leaderboard_id)
    if leaderboard.state is CycleState.LOCKED:
        raise RolloverRunning
    definition = leaderboard.definition
    tiers = [TierPreview(tier) for tier in range(definition.tier_count)]
    groups = await _read_groups(leaderboard, tiers)
    for group in groups:
        await _add_group(tiers[group.tier], group, definition)
    leaving = _leaving(groups, definition)
    idle = count_idle(leaderboard_id, leaderboard.cycle, leaving, top_tier=definition.top_tier)
    async for row in EnrollmentDocument.get_motor_collection().aggregate(idle):
        tiers[row["_id"]].idle_demoted = row["players"]
    ends = ends_season(definition, rollovers_remaining=leaderboard.rollovers_remaining)
    return Preview(leaderboard, tiers, await _season(leaderboard, leaving) if ends else None)


async def _read_groups(leaderboard: Leaderboard, tiers: Sequence[TierPreview]) -> list[_Group]:
    """The shards of the running cycle that have players, grouped; all of them are counted into the tiers."""
    running = {"leaderboard_id": leaderboard.leaderboard_id, "cycle": leaderboard.cycle}
    found = ShardDocument.get_motor_collection().find(running, {"tier": 1, "guild_id": 1})
    shards = {row["_id"]: row async for row in found if row["tier"] < len(tiers)}
    players = {
        row["_id"]: row["players"]
        async for row in EntryDocument.get_motor_collection().aggregate(count_open(list(shards)))
    }
    groups: dict[tuple[int, bool, int], list[str]] = defaultdict(list)
    for shard_id, shard in shards.items():
        tier = tiers[shard["tier"]]
        tier.shards += 1
        if shard_id in players:
            tier.players += players[shard_id]
            groups[tier.tier, shard["guild_id"] is not None, players[shard_id]].append(shard_id)
    return [_Group(*key, shard_ids) for key, shard_ids in sorted(groups.items())]


async def _add_group(tier: TierPreview, group: _Group, definition: Definition) -> None:
    """Count and list what would happen in the shards of a group."""
    rewards = definition.rule(group.tier).rewards
    bands = reward_bands(rewards, players=group.players, is_guild=group.is_guild)
    pipeline = preview_shards(
        _leaving_of(group.tier, group.shard_ids, group.cuts(definition)),
        [(band.first, band.last) for band in bands],
        listed=MOST_LISTED,
    )
    (row,) = await EntryDocument.get_motor_collection().aggregate(pipeline).to_list(1)
    shown: PreviewedShards = row
    for counts in shown["counts"]:
        tier.promoted += counts["promoted"]
        tier.demoted += counts["demoted"]
        tier.rewarded += counts["rewarded"]
    tier.promotions = _best_ranked([*tier.promotions, *_movers(shown["promotions"], to=group.tier + 1)])
    tier.demotions = _best_ranked([*tier.demotions, *_movers(shown["demotions"], to=group.tier - 1)])
    won = [
        Winner(line["account_id"], line["rank"], line["score"], bands[line["band"]].reward.subject)
        for line in shown["rewards"]
    ]
    tier.rewards = _best_ranked([*tier.rewards, *won])


def _movers(lines: Iterable[PreviewedLine], *, to: int) -> list[Mover]:
    return [Mover(line["account_id"], line["rank"], line["score"], to) for line in lines]


def _leaving(groups: Iterable[_Group], definition: Definition) -> list[Leaving]:
    """Shards with the same cuts put together; those that nobody leaves are left out."""
    together: dict[tuple[int, Cuts], list[str]] = defaultdict(list)
    for group in groups:
        together[group.tier, group.cuts(definition)] += group.shard_ids
    return [
        _leaving_of(tier, shard_ids, decided)
        for (tier, decided), shard_ids in together.items()
        if decided != _NOBODY_MOVES
    ]


def _leaving_of(tier: int, shard_ids: Sequence[str], decided: Cuts) -> Leaving:
    return Leaving(shard_ids, tier, decided.promote_through, decided.demote_from)


async def _season(leaderboard: Leaderboard, leaving: Sequence[Leaving]) -> SeasonPreview:
    definition = leaderboard.definition
    end = SeasonEnd(
        cycle=leaderboard.cycle,
        messages=(),
        tiers_after=[definition.tier_after_season(rule.tier) for rule in definition.tier_rules],
    )
    barred = await read_barred(leaderboard.leaderboard_id)
    pipeline = count_season(leaderboard.leaderboard_id, end, leaving, without=barred)
    rows = [row async for row in EnrollmentDocument.get_motor_collection().aggregate(pipeline)]
    players = {row["_id"]: row["players"] for row in rows}
    rewarded = [
        (rule.tier, rule.seasonal_reward.subject, players.get(rule.tier, 0))
        for rule in definition.tier_rules
        if rule.seasonal_reward
    ]
    return SeasonPreview(rewarded, dropped=sum(row["dropped"] for row in rows))


def _best_ranked(lines: Iterable[Line]) -> list[Line]:
    return nsmallest(MOST_LISTED, lines, key=lambda line: (line.rank, line.account_id))
