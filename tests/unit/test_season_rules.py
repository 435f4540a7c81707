"""How rollovers count down a season, and where its end leads."""

from typing import Any

import pytest
from definition_builders import a_definition, a_reward, a_tier_rule, seasonal
from hypothesis import given
from hypothesis import strategies as st

from app.game.rules.definitions import Definition
from app.game.rules.seasons import NO_SEASONS, ends_season, remaining_after_rollover, season_length


def four_rollovers(**overrides: Any) -> Definition:
    return Definition.model_validate(seasonal(**overrides))


NONE = Definition.model_validate(a_definition())


def countdown(definition: Definition, remaining: int, rollovers: int) -> list[int]:
    """What is left after each of that many rollovers."""
    left = []
    for _ in range(rollovers):
        remaining = remaining_after_rollover(definition, rollovers_remaining=remaining)
        left.append(remaining)
    return left


def test_a_season_of_four_counts_down_and_starts_again() -> None:
    assert countdown(four_rollovers(), 4, 9) == [3, 2, 1, 4, 3, 2, 1, 4, 3]


def test_a_season_of_one_ends_with_every_rollover() -> None:
    assert countdown(four_rollovers(rolloversInSeason=1), 1, 3) == [1, 1, 1]


@pytest.mark.parametrize(("remaining", "ends"), [(4, False), (3, False), (2, False), (1, True)])
def test_the_last_of_four_rollovers_ends_the_season(remaining: int, *, ends: bool) -> None:
    assert ends_season(four_rollovers(), rollovers_remaining=remaining) is ends


def test_without_seasons_none_ends() -> None:
    assert ends_season(NONE, rollovers_remaining=NO_SEASONS) is False


def test_without_seasons_nothing_is_counted() -> None:
    assert countdown(NONE, NO_SEASONS, 3) == [NO_SEASONS] * 3


def test_a_season_made_shorter_meanwhile_is_no_longer_than_the_new_one() -> None:
    assert countdown(four_rollovers(rolloversInSeason=2), 9, 4) == [2, 1, 2, 1]


def test_the_length_of_a_season_is_what_the_rules_say() -> None:
    assert (season_length(four_rollovers()), season_length(NONE)) == (4, NO_SEASONS)


@pytest.mark.parametrize("off", [-1, None])
def test_no_rollovers_in_a_season_is_no_season(off: int | None) -> None:
    assert season_length(Definition.model_validate(a_definition(rolloversInSeason=off))) == NO_SEASONS


def three_tiers(*own: int | None, default: int | None = None) -> Definition:
    rules = [
        a_tier_rule(tier, seasonalReward=a_reward(minimumRank=-1))
        | ({} if lowered is None else {"maxTierOnSeasonEnd": lowered})
        for tier, lowered in enumerate(own)
    ]
    wire = seasonal(tierCount=len(own), tierRules=rules)
    return Definition.model_validate(wire | ({} if default is None else {"maxTierOnSeasonEnd": default}))


@pytest.mark.parametrize(
    ("own", "default", "expected"),
    [
        ((0, 0, 1), None, [0, 0, 1]),
        ((None, None, None), None, [0, 0, 0]),
        ((None, None, None), 1, [0, 1, 1]),
        ((None, None, None), 2, [0, 1, 2]),  # nobody is raised by the end of a season
        ((0, 0, None), 1, [0, 0, 1]),
        ((0, 1, 2), 0, [0, 1, 2]),  # what a tier says itself goes before the default
    ],
)
def test_the_end_of_a_season_leads_where_the_tier_or_else_the_leaderboard_says(
    own: tuple[int | None, ...], default: int | None, expected: list[int]
) -> None:
    definition = three_tiers(*own, default=default)

    assert [definition.tier_after_season(tier) for tier in range(3)] == expected


@given(length=st.integers(1, 9), rollovers=st.integers(1, 40))
def test_one_in_so_many_rollovers_ends_a_season(length: int, rollovers: int) -> None:
    definition = four_rollovers(rolloversInSeason=length)
    remaining, ended = length, []
    for number in range(1, rollovers + 1):
        if ends_season(definition, rollovers_remaining=remaining):
            ended.append(number)
        remaining = remaining_after_rollover(definition, rollovers_remaining=remaining)

    assert ended == [number for number in range(1, rollovers + 1) if number % length == 0]
