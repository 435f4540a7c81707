import json
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from definition_builders import (
    a_definition,
    a_reward,
    a_tier_rule,
    board_b,
    seasonal,
    with_reward,
    with_rule,
    without,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from app.game.rules.definition_example import EXAMPLE
from app.game.rules.definitions import (
    Change,
    Definition,
    changes,
    read_definition,
    to_wire,
)
from app.kit.periods import Rollover

HIGHEST = 2**53 - 1


def read(wire: object) -> Definition:
    definition, problems = read_definition(wire)
    assert not problems
    assert definition is not None
    return definition


def test_a_definition_whose_tiers_disagree_cannot_be_built() -> None:
    wire = a_definition(tierCount=2, tierRules=[a_tier_rule()])

    with pytest.raises(ValidationError):
        Definition.model_validate(wire)


@pytest.mark.parametrize("unlimited", [-1, 0, None, -HIGHEST])
def test_a_limit_below_one_is_none(unlimited: int | None) -> None:
    rule = read(with_rule(promotionRank=unlimited, demotionRank=unlimited, playersPerShard=unlimited)).rule(0)

    assert (rule.promotion_rank, rule.demotion_rank, rule.players_per_shard) == (None, None, None)


def test_limits_that_are_off_bind_nobody() -> None:
    rule = read(with_rule(promotionRank=5, demotionRank=0, playersPerShard=5)).rule(0)

    assert (rule.promotion_rank, rule.demotion_rank, rule.players_per_shard) == (5, None, 5)


@pytest.mark.parametrize(
    ("given_time", "stored"),
    [
        (0, 0),  # open now
        (1_767_225_600, 1_767_225_600_000),  # 1 January 2026 in seconds
        (1_767_225_600_000, 1_767_225_600_000),  # the same in milliseconds
        (99_999_999_999, 99_999_999_999_000),  # 16 November 5138, the last seconds
        (100_000_000_000, 100_000_000_000),  # 3 March 1973, the first milliseconds
        (5, 0),  # 1970 is long past
    ],
)
def test_start_times_are_seconds_or_milliseconds_by_size(given_time: int, stored: int) -> None:
    assert read(a_definition(startTime=given_time)).start_time == stored


def test_the_start_may_be_called_starts_on() -> None:
    definition = read(without(a_definition(startsOn=1_767_225_600), "startTime"))

    assert definition.starts_at == datetime(2026, 1, 1, tzinfo=UTC)


def test_a_board_open_now_has_no_start() -> None:
    assert read(a_definition()).starts_at is None


def test_reward_times_are_unix_seconds_whatever_was_posted() -> None:
    reward = read(with_reward(visibleFrom=0, expiration=1_767_225_600_000)).rule(0).rewards[0]

    assert (reward.visible_from, reward.expiration) == (None, 1_767_225_600)


def test_capitalised_names_are_read_in_rewards() -> None:
    capitalised = {
        "Subject": "Well played",
        "Body": "Here is your reward.",
        "MinimumRank": 1,
        "Attachments": [{"Type": "currency", "RewardId": "coins", "Quantity": 100}],
    }

    assert read(with_rule(rewards=[capitalised])) == read(with_reward())


def test_percentile_zero_is_a_threshold() -> None:
    reward = read(with_reward(minimumRank=-1, minimumPercentile=0)).rule(0).rewards[0]

    assert (reward.minimum_rank, reward.minimum_percentile) == (None, 0)


def test_a_seasonal_reward_needs_no_threshold() -> None:
    assert read(seasonal()).rule(0).seasonal_reward is not None


@pytest.mark.parametrize("absent", [-1, None])
def test_without_rollovers_in_a_season_there_are_none(absent: int | None) -> None:
    assert not read(a_definition(rolloversInSeason=absent)).has_seasons


def test_rules_are_found_by_tier_in_whatever_order_they_were_posted() -> None:
    definition = read(a_definition(tierCount=2, tierRules=[a_tier_rule(1, promotionRank=9), a_tier_rule()]))

    assert definition.rule(definition.top_tier).promotion_rank == 9


def test_a_season_ends_where_the_rule_or_else_the_board_says_but_never_higher() -> None:
    rules = [
        a_tier_rule(tier, seasonalReward=a_reward(), **own)
        for tier, own in enumerate([{}, {}, {}, {"maxTierOnSeasonEnd": 2}])
    ]
    definition = read(seasonal(maxTierOnSeasonEnd=1, tierCount=4, tierRules=rules))

    assert [definition.tier_after_season(tier) for tier in range(4)] == [0, 1, 1, 2]


def test_without_any_word_a_season_ends_in_tier_zero() -> None:
    assert read(board_b("b")).tier_after_season(2) == 0


def test_board_b_is_as_the_acceptance_table_says() -> None:
    board = read(board_b("b"))

    assert board.rollover_type is Rollover.DAILY
    assert [
        (rule.promotion_rank, rule.demotion_rank, rule.players_per_shard) for rule in board.tier_rules
    ] == [
        (5, None, 50),
        (5, 40, 50),
        (5, 40, 50),
    ]


def test_the_time_zone_is_utc_unless_said() -> None:
    assert read(a_definition()).zone == ZoneInfo("UTC")


def test_the_documented_example_is_posted_back_as_it_is_read() -> None:
    definition = read(EXAMPLE)

    assert read(to_wire(definition)) == definition


def test_options_left_open_are_absent_from_the_wire() -> None:
    assert to_wire(read(with_rule(promotionRank=-1, demotionPercentage=12.5))) == with_rule(
        demotionPercentage=12.5
    ) | {"timeZone": "UTC"}


def test_changes_name_the_smallest_places_that_differ() -> None:
    old = read(with_reward(minimumPercentile=50))
    new = read(with_reward(subject="Congratulations") | {"title": "Arena II"})

    assert changes(old, new) == [
        Change("/title", "Arena", "Arena II"),
        Change("/tierRules/0/rewards/0/subject", "Well played", "Congratulations"),
        Change("/tierRules/0/rewards/0/minimumPercentile", 50, None),
    ]


def test_more_rules_are_changes_of_their_own() -> None:
    old, new = read(a_definition()), read(a_definition(tierCount=2))

    assert changes(old, new) == [
        Change("/tierCount", 1, 2),
        Change("/tierRules/1", None, {"tier": 1, "rewards": []}),
    ]


def test_a_new_board_is_one_change() -> None:
    board = read(a_definition())

    assert changes(None, board) == [Change("", None, to_wire(board))]


def test_the_same_rules_are_no_change() -> None:
    assert changes(read(board_b("b")), read(board_b("b"))) == []


texts = st.text(st.characters(codec="utf-8"), min_size=1, max_size=20).filter(str.strip)
limits = st.integers(-HIGHEST, HIGHEST)
times = st.one_of(st.just(0), st.integers(0, 10**14 - 1))


def rewards(thresholds: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    attachment = st.fixed_dictionaries(
        {"type": texts, "rewardId": texts, "quantity": st.integers(1, HIGHEST)}
    )
    capitalised = attachment.map(lambda wire: {name[0].upper() + name[1:]: wire[name] for name in wire})
    fixed = st.fixed_dictionaries(
        {
            "subject": texts,
            "body": texts,
            "attachments": st.lists(attachment | capitalised, min_size=1, max_size=2),
        },
        optional={"banner": texts, "guildReward": st.booleans(), "visibleFrom": times, "expiration": times},
    )
    return st.tuples(fixed, thresholds).map(lambda parts: parts[0] | parts[1])


ranked = st.one_of(
    st.fixed_dictionaries({"minimumRank": st.integers(1, HIGHEST)}),
    st.fixed_dictionaries({"minimumPercentile": st.integers(0, 100) | st.floats(0, 100)}),
)


@st.composite
def definitions(draw: st.DrawFn) -> dict[str, Any]:
    """Any valid definition, as an administrator may post it."""
    tier_count = draw(st.integers(1, 3))
    has_seasons = draw(st.booleans())
    share = st.integers(0, 100) | st.floats(0, 100)
    optional = {
        "promotionPercentage": share,
        "demotionPercentage": share,
        "playersPerShard": st.just(-1) | limits,
    }
    rules = []
    for tier in draw(st.permutations(range(tier_count))):
        rule = draw(
            st.fixed_dictionaries({"rewards": st.lists(rewards(ranked), max_size=2)}, optional=optional)
        )
        seasonal_reward = {"seasonalReward": draw(rewards(st.just({})))} if has_seasons else {}
        rules.append(
            rule | seasonal_reward | {"tier": tier, "maxTierOnSeasonEnd": draw(st.integers(0, tier))}
        )
    fixed = {"title": texts, "description": texts, "rolloverType": st.integers(0, 5)}
    zones = st.sampled_from(["UTC", "Europe/Zurich", "America/Argentina/Ushuaia"])
    head = draw(
        st.fixed_dictionaries(fixed, optional={"startTime": times, "startsOn": times, "timeZone": zones})
    )
    if "startTime" in head:
        head.pop("startsOn", None)
    seasons = draw(st.integers(1, 100)) if has_seasons else -1
    ids = {"leaderboardId": draw(st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}", fullmatch=True))}
    return head | ids | {"tierCount": tier_count, "tierRules": rules, "rolloversInSeason": seasons}


@settings(deadline=None)
@given(definitions())
def test_what_is_written_reads_as_what_was_read(wire: dict[str, Any]) -> None:
    definition = read(wire)

    written = json.loads(json.dumps(to_wire(definition)))

    assert read(written) == definition
    assert to_wire(read(written)) == written
