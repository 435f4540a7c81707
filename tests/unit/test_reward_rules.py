"""Who wins what when a cycle ends."""

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import pytest
from definition_builders import a_reward
from hypothesis import given
from hypothesis import strategies as st

from app.game.rules.definition_rewards import RankedReward
from app.game.rules.rewards import Band, reward_bands


def rank_reward(minimum_rank: int, **overrides: Any) -> RankedReward:
    return RankedReward.model_validate(
        a_reward(subject=f"rank {minimum_rank}", minimumRank=minimum_rank, **overrides)
    )


def percentile_reward(percentile: float, **overrides: Any) -> RankedReward:
    subject = f"percentile {percentile}"
    return RankedReward.model_validate(
        a_reward(subject=subject, minimumRank=-1, minimumPercentile=percentile, **overrides)
    )


def won(bands: Sequence[Band], rank: int) -> str | None:
    """The subject of what a rank wins."""
    subjects = [band.reward.subject for band in bands if band.first <= rank <= band.last]
    assert len(subjects) <= 1
    return subjects[0] if subjects else None


def public(rewards: Sequence[RankedReward], players: int) -> list[Band]:
    return reward_bands(rewards, players=players, is_guild=False)


LINE_14 = [
    rank_reward(10),
    percentile_reward(0),
    rank_reward(1),
    rank_reward(3),
    percentile_reward(50),
    rank_reward(2),
]


@pytest.mark.parametrize(
    ("rank", "subject"),
    [
        (1, "rank 1"),
        (2, "rank 2"),
        (3, "rank 3"),
        (4, "rank 10"),
        (7, "rank 10"),
        (10, "rank 10"),
        (11, "percentile 50"),
        (30, "percentile 50"),
        (50, "percentile 50"),
        (51, "percentile 0"),
        (100, "percentile 0"),
    ],
)
def test_a_rank_reward_goes_before_a_percentile_and_the_closest_wins(rank: int, subject: str) -> None:
    assert won(public(LINE_14, players=100), rank) == subject


def test_every_one_of_a_hundred_wins_where_percentile_0_is_rewarded() -> None:
    bands = public(LINE_14, players=100)

    assert [rank for rank in range(1, 101) if won(bands, rank) is None] == []


@pytest.mark.parametrize(
    ("rank", "subject"),
    [(50, "rank 60"), (51, "rank 60"), (60, "rank 60"), (61, None), (100, None)],
)
def test_a_rank_reward_that_reaches_past_the_percentile_leaves_nobody_to_it(
    rank: int, subject: str | None
) -> None:
    bands = public([rank_reward(60), percentile_reward(50)], players=100)

    assert won(bands, rank) == subject


@pytest.mark.parametrize(
    ("percentile", "players", "last"),
    [
        (95, 300, 15),  # the top 15 of 300
        (0, 300, 300),
        (100, 300, 0),  # nobody is better than everybody, oneself included
        (50, 10, 5),
        (50, 9, 4),  # 100 * (9 - 4) / 9 = 55.6, one lower 44.4
        (90, 10, 1),
        (91, 10, 0),
        (99, 100, 1),
        (99.9, 1000, 1),
        (0.1, 1000, 999),
        (0, 1, 1),
        (1, 1, 0),  # alone, one is better than none
        (33.3, 1000, 667),
    ],
)
def test_a_percentile_is_the_share_of_players_below(percentile: float, players: int, last: int) -> None:
    bands = public([percentile_reward(percentile)], players=players)

    assert [rank for rank in range(1, players + 1) if won(bands, rank)] == list(range(1, last + 1))


def test_players_without_a_score_count_in_the_percentile() -> None:
    # Ten players, five of them at 0: the five winners are ranks 1 to 5.
    bands = public([percentile_reward(50), percentile_reward(0)], players=10)

    assert [won(bands, rank) for rank in range(1, 6)] == ["percentile 50"] * 5


def test_the_highest_percentile_reached_wins() -> None:
    bands = public([percentile_reward(p) for p in (0, 90, 50, 75)], players=100)

    assert [won(bands, rank) for rank in (10, 11, 25, 26, 50, 51)] == [
        "percentile 90",
        "percentile 75",
        "percentile 75",
        "percentile 50",
        "percentile 50",
        "percentile 0",
    ]


def test_without_rewards_nobody_wins() -> None:
    assert public([], players=100) == []


def test_a_shard_without_players_has_no_winners() -> None:
    assert public(LINE_14, players=0) == []


def test_a_guild_shard_gives_only_guild_rewards() -> None:
    rewards = [rank_reward(1), rank_reward(2, guildReward=True)]

    assert [band.reward.subject for band in reward_bands(rewards, players=5, is_guild=True)] == ["rank 2"]


def test_a_public_shard_gives_no_guild_reward() -> None:
    rewards = [rank_reward(1, guildReward=True), rank_reward(2)]

    assert [band.reward.subject for band in public(rewards, players=5)] == ["rank 2"]


def test_a_reward_with_both_thresholds_is_won_by_either() -> None:
    both = RankedReward.model_validate(a_reward(minimumRank=2, minimumPercentile=50, subject="both"))
    bands = public([both, rank_reward(3)], players=10)

    assert [won(bands, rank) for rank in (1, 2, 3, 4, 5, 6)] == [
        "both",
        "both",
        "rank 3",
        "both",
        "both",
        None,
    ]


percentiles = st.integers(0, 100) | st.decimals(0, 100, places=1).map(float)
thresholds = st.tuples(st.integers(1, 45) | st.none(), percentiles | st.none(), st.booleans()).filter(
    lambda pair: pair[:2] != (None, None)
)


@given(
    pairs=st.lists(thresholds, max_size=8),
    points=st.lists(st.integers(0, 9), max_size=40),
    guild=st.booleans(),
)
def test_any_shard_is_rewarded_as_each_player_by_itself_would_be(
    pairs: list[tuple[int | None, float | None, bool]], points: list[int], *, guild: bool
) -> None:
    rewards = [
        RankedReward.model_validate(
            a_reward(minimumRank=rank, minimumPercentile=percentile, guildReward=for_guilds, subject=str(n))
        )
        for n, (rank, percentile, for_guilds) in enumerate(pairs)
    ]
    players = len(points)

    def naive(rank: int) -> tuple[int | None, float | None] | None:
        candidates = [pair for pair in pairs if pair[2] is guild]
        ranked = [pair[0] for pair in candidates if pair[0] is not None and pair[0] >= rank]
        if ranked:
            return min(ranked), None
        percentile = Fraction(100 * (players - rank), players)
        reached = [pair[1] for pair in candidates if pair[1] is not None]
        reached = [one for one in reached if Fraction(str(one)) <= percentile]
        return (None, max(reached)) if reached else None

    bands = reward_bands(rewards, players=players, is_guild=guild)

    for score in points:
        rank = 1 + sum(other > score for other in points)
        subject, expected = won(bands, rank), naive(rank)
        assert (subject is None) == (expected is None)
        if subject is not None and expected is not None:
            minimum_rank, percentile, for_guilds = pairs[int(subject)]
            assert for_guilds is guild
            assert expected[0] in (None, minimum_rank)
            assert expected[1] in (None, percentile)
