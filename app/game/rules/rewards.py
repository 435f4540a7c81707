"""Who wins what when a cycle ends. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from app.game.rules.definition_rewards import RankedReward

PERCENT = 100


@dataclass(frozen=True, slots=True)
class Band:
    """The ranks, first and last included, that win one reward."""

    first: int
    last: int
    reward: RankedReward


def reward_bands(rewards: Sequence[RankedReward], *, players: int, is_guild: bool) -> list[Band]:
    """Which ranks of a shard win what, best rank first; bands do not overlap, and ranks may win nothing.

    A rank wins the reward with the smallest minimum rank it reaches, otherwise the one with the largest
    minimum percentile it reaches, its percentile being the share of the players who are ranked below it.
    Whoever has a score of 0 wins nothing, whatever the band says, but counts among the players.
    """
    bands: list[Band] = []
    won_through = 0
    for last, reward in _by_reach(
        [reward for reward in rewards if reward.guild_reward == is_guild], players=players
    ):
        if last > won_through:
            bands.append(Band(won_through + 1, last, reward))
            won_through = last
    return bands


def _by_reach(rewards: Sequence[RankedReward], *, players: int) -> Iterator[tuple[int, RankedReward]]:
    """The worst rank that each reward reaches, in the order in which rewards are given."""
    ranked = [(reward.minimum_rank, reward) for reward in rewards if reward.minimum_rank is not None]
    for minimum_rank, reward in sorted(ranked, key=lambda pair: pair[0]):
        yield min(minimum_rank, players), reward
    graded = [
        (reward.minimum_percentile, reward) for reward in rewards if reward.minimum_percentile is not None
    ]
    for percentile, reward in sorted(graded, key=lambda pair: -pair[0]):
        yield _worst_rank(percentile, players), reward


def _worst_rank(percentile: float, players: int) -> int:
    """The worst rank whose percentile, 100 * (players - rank) / players, is still at least this one."""
    return int(players - Fraction(str(percentile)) * players / PERCENT)
