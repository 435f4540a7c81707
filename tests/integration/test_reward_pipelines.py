"""Who wins what when a cycle or a season ends, five rows at a time."""

import pytest
from game_world import Store, account, fingerprint
from settlement_builders import (
    CYCLE,
    ENDED,
    OTHER_SHARD,
    RUN,
    SHARD,
    an_enrollment,
    an_entry,
    column,
    keep,
    ranked,
    run,
)

from app.aggregations.rewards import Giving, Prize, reward_members, reward_players, reward_season
from app.aggregations.settlement import SeasonEnd, finish_season
from app.game.documents import PromotionStatus

pytest_plugins = ["game_fixtures"]

ACKNOWLEDGED, UNCHANGED, DEMOTED, PROMOTED = PromotionStatus
FIVE = {1: 50, 2: 40, 3: 30, 4: 20, 5: 10}
GOLD, SILVER = {"subject": "gold"}, {"subject": "silver"}
PRIZES = [Prize(1, 1, GOLD), Prize(2, 4, SILVER)]
GIVING = Giving("arena", RUN, ENDED)
SEASON = SeasonEnd(CYCLE, [{"subject": "s0"}, {"subject": "s1"}, {"subject": "s2"}], [0, 0, 1])


def reward(store: Store) -> None:
    run(store, reward_players([SHARD, OTHER_SHARD], PRIZES, GIVING))


def end_season(store: Store, *, without: list[str] | None = None) -> None:
    list(store["enrollments"].aggregate(reward_season(SEASON, GIVING, without=without or [])))
    store["enrollments"].update_many(*finish_season("arena", SEASON))


def subjects(store: Store) -> dict[int, str]:
    return {number: message["subject"] for number, message in column(store, "grants", "message").items()}


def test_each_rank_wins_what_its_band_says(store: Store) -> None:
    keep(store, entries=ranked(FIVE))

    reward(store)

    assert subjects(store) == {1: "gold", 2: "silver", 3: "silver", 4: "silver"}


def test_equal_ranks_win_the_same(store: Store) -> None:
    keep(store, entries=ranked({1: 50, 2: 50, 3: 30, 4: 20, 5: 20}))

    reward(store)

    assert subjects(store) == {1: "gold", 2: "gold", 3: "silver", 4: "silver", 5: "silver"}


def test_whoever_has_no_score_wins_nothing(store: Store) -> None:
    keep(store, entries=ranked({1: 0, 2: 0, 3: 0}))

    reward(store)

    assert store["grants"].count_documents({}) == 0


def test_a_band_that_skips_ranks_leaves_them_without(store: Store) -> None:
    keep(store, entries=ranked(FIVE))

    run(store, reward_players([SHARD], [Prize(1, 1, GOLD), Prize(4, 5, SILVER)], GIVING))

    assert subjects(store) == {1: "gold", 4: "silver", 5: "silver"}


def test_whoever_was_disqualified_wins_nothing(store: Store) -> None:
    keep(store, entries=[*ranked({1: 50}), an_entry(2, 99, state="disqualified")])

    reward(store)

    assert subjects(store) == {1: "gold"}


def test_a_grant_says_what_it_was_won_with(store: Store) -> None:
    keep(store, entries=ranked({1: 50}))

    reward(store)

    (grant,) = store["grants"].find()
    assert grant == {
        "_id": f"{SHARD}-{account(1)}",
        "account_id": account(1),
        "leaderboard_id": "arena",
        "run_id": RUN,
        "message": GOLD,
        "data": {
            "rewardType": "standard",
            "leaderboardId": "arena",
            "leaderboardRank": 1,
            "leaderboardScore": 50,
            "leaderboardTier": 1,
            "leaderboardArchiveId": SHARD,
        },
        "status": "owed",
        "created_at": ENDED,
        "due_at": ENDED,
        "attempts": 0,
    }


def test_text_that_looks_like_an_expression_is_granted_as_it_is(store: Store) -> None:
    keep(store, entries=ranked({1: 50}))
    prize = Prize(1, 1, {"subject": "$score", "body": "$$NOW", "$weird": {"$add": [1, 1]}})

    run(store, reward_players([SHARD], [prize], GIVING))

    assert column(store, "grants", "message") == {1: prize.message}


def test_shards_of_one_size_are_rewarded_together_each_for_itself(store: Store) -> None:
    elsewhere = ranked({3: 9, 4: 8}, shard_id=OTHER_SHARD)
    keep(store, entries=[*ranked({1: 50, 2: 40}), *elsewhere])

    reward(store)

    assert {grant["_id"]: grant["message"] for grant in store["grants"].find()} == {
        f"{SHARD}-{account(1)}": GOLD,
        f"{SHARD}-{account(2)}": SILVER,
        f"{OTHER_SHARD}-{account(3)}": GOLD,
        f"{OTHER_SHARD}-{account(4)}": SILVER,
    }


def test_rewarding_twice_grants_once(store: Store) -> None:
    keep(store, entries=ranked(FIVE))
    reward(store)
    before = fingerprint(store)

    reward(store)

    assert fingerprint(store) == before


def test_a_grant_that_was_sent_stays_as_it_is(store: Store) -> None:
    keep(store, entries=ranked(FIVE))
    reward(store)
    store["grants"].update_many({}, {"$set": {"status": "sent", "attempts": 3}})

    reward(store)

    assert set(column(store, "grants", "status", "attempts").values()) == {("sent", 3)}


def test_members_are_ranked_among_those_who_are_left(store: Store) -> None:
    keep(store, entries=ranked(FIVE))
    members = [account(number) for number in (2, 3, 4, 5)]

    run(store, reward_members(SHARD, members, PRIZES, GIVING))

    assert subjects(store) == {2: "gold", 3: "silver", 4: "silver", 5: "silver"}
    assert {number: data["leaderboardRank"] for number, data in column(store, "grants", "data").items()} == {
        2: 1,
        3: 2,
        4: 3,
        5: 4,
    }


def test_a_member_without_a_score_counts_and_wins_nothing(store: Store) -> None:
    keep(store, entries=ranked({1: 50, 2: 0}))

    run(store, reward_members(SHARD, [account(1), account(2)], PRIZES, GIVING))

    assert subjects(store) == {1: "gold"}


def test_a_guild_without_members_wins_nothing(store: Store) -> None:
    keep(store, entries=ranked(FIVE))

    run(store, reward_members(SHARD, [], PRIZES, GIVING))

    assert store["grants"].count_documents({}) == 0


def test_a_season_rewards_the_highest_tier_of_those_who_scored_in_it(store: Store) -> None:
    highest = {1: 0, 2: 1, 3: 2, 5: 7}
    never_scored = an_enrollment(4, seasonal_max_tier=2, scored_in_season=False)
    scored = [an_enrollment(number, seasonal_max_tier=tier) for number, tier in highest.items()]
    keep(store, enrollments=[never_scored, *scored])

    end_season(store)

    assert subjects(store) == {1: "s0", 2: "s1", 3: "s2", 5: "s2"}


def test_a_seasons_grant_says_how_far_it_went_and_where_it_leads(store: Store) -> None:
    keep(store, enrollments=[an_enrollment(1, tier=2, seasonal_max_tier=2)])

    end_season(store)

    (grant,) = store["grants"].find()
    assert (grant["_id"], grant["data"]) == (
        f"{RUN}-{account(1)}",
        {
            "rewardType": "season",
            "leaderboardId": "arena",
            "leaderboardSeasonalMaxTier": 2,
            "leaderboardSeasonalResetTier": 1,
        },
    )


@pytest.mark.parametrize(
    ("tier", "status", "expected"),
    [
        (0, UNCHANGED, (0, UNCHANGED)),
        (1, PROMOTED, (0, DEMOTED)),
        (2, ACKNOWLEDGED, (1, DEMOTED)),
        (9, UNCHANGED, (1, DEMOTED)),  # a tier that is gone counts as the highest there is
        (0, PROMOTED, (0, PROMOTED)),
    ],
)
def test_a_season_leads_down_to_the_tier_its_end_says(
    store: Store, tier: int, status: PromotionStatus, expected: tuple[int, int]
) -> None:
    keep(store, enrollments=[an_enrollment(1, tier=tier, promotion_status=status)])

    end_season(store)

    assert column(store, "enrollments", "tier", "promotion_status") == {1: expected}


def test_everybody_learns_that_the_season_is_over(store: Store) -> None:
    keep(store, enrollments=[an_enrollment(1), an_enrollment(2, tier=0, active_cycle=None)])

    end_season(store)

    learned = column(store, "enrollments", "season_ended", "seasonal_max_tier", "scored_in_season")
    assert learned == {1: (True, -1, False), 2: (True, -1, False)}


def test_other_leaderboards_hear_nothing_of_it(store: Store) -> None:
    keep(store, enrollments=[an_enrollment(1, leaderboard_id="elsewhere")])
    before = fingerprint(store)

    end_season(store)

    assert fingerprint(store) == before


def test_whoever_is_left_out_gets_no_seasonal_reward(store: Store) -> None:
    keep(store, enrollments=map(an_enrollment, FIVE))

    end_season(store, without=[account(2)])

    assert list(subjects(store)) == [1, 3, 4, 5]


def test_ending_a_season_twice_ends_it_once(store: Store) -> None:
    keep(store, enrollments=[an_enrollment(number, tier=2) for number in FIVE])
    end_season(store)
    before = fingerprint(store)

    end_season(store)

    assert fingerprint(store) == before


def test_a_seasons_end_that_is_repeated_after_the_next_cycle_began_changes_nothing(store: Store) -> None:
    keep(store, enrollments=[an_enrollment(number, tier=2) for number in FIVE])
    end_season(store)
    scored = {"seasonal_max_tier": 2, "scored_in_season": True, "tier": 2, "season_ended": False}
    store["enrollments"].update_many({}, {"$set": scored | {"active_cycle": CYCLE + 1}})
    before = fingerprint(store)

    end_season(store)

    assert fingerprint(store) == before
