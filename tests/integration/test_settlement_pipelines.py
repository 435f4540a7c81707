"""What a rollover does to enrollments, five rows at a time; and what its steps do when repeated."""

from collections.abc import Callable

import pytest
from game_world import Store, account, fingerprint
from pymongo.collection import Collection
from settlement_builders import (
    CYCLE,
    NEXT_SHARD,
    OTHER_SHARD,
    SHARD,
    an_enrollment,
    an_entry,
    column,
    keep,
    ranked,
    run,
    run_late,
)

from app.aggregations.settlement import (
    Moves,
    demote_idle,
    list_guild_archive,
    move_players,
    rank_and_seal,
    settle_others,
)
from app.game.documents import PromotionStatus

pytest_plugins = ["game_fixtures"]

ACKNOWLEDGED, UNCHANGED, DEMOTED, PROMOTED = PromotionStatus
TWO_UP_ONE_DOWN = Moves(CYCLE, 1, promote_through=2, demote_from=5)
FIVE = {1: 50, 2: 40, 3: 30, 4: 20, 5: 10}

Step = Callable[[Store], object]


def idle(store: Store) -> object:
    return store["enrollments"].update_many(*demote_idle("arena", CYCLE))


def others(store: Store) -> object:
    return store["enrollments"].update_many(*settle_others("arena", CYCLE))


def move(store: Store) -> object:
    return run(store, move_players([SHARD], TWO_UP_ONE_DOWN))


def settle(store: Store) -> None:
    move(store)
    idle(store)
    others(store)


def enrolled(store: Store) -> Collection[dict[str, object]]:
    return store["enrollments"]


def test_the_best_go_up_a_tier_and_the_worst_down(store: Store) -> None:
    keep(store, entries=ranked(FIVE), enrollments=map(an_enrollment, FIVE))

    settle(store)

    assert column(store, "enrollments", "tier", "promotion_status") == {
        1: (2, PROMOTED),
        2: (2, PROMOTED),
        3: (1, UNCHANGED),
        4: (1, UNCHANGED),
        5: (0, DEMOTED),
    }


def test_everybody_leaves_the_shard_and_lists_its_archive(store: Store) -> None:
    keep(store, entries=ranked(FIVE), enrollments=map(an_enrollment, FIVE))

    settle(store)

    assert column(store, "enrollments", "current_shard_id", "archives", "settled_cycle") == dict.fromkeys(
        FIVE, (None, [SHARD], CYCLE)
    )


def test_whoever_has_no_score_does_not_go_up(store: Store) -> None:
    keep(store, entries=ranked({1: 50, 2: 0, 3: 0}), enrollments=map(an_enrollment, (1, 2, 3)))

    move(store)

    assert column(store, "enrollments", "tier") == {1: 2, 2: 1, 3: 1}


def test_whoever_has_no_score_goes_down_where_a_rank_leads_both_ways(store: Store) -> None:
    """As with shares of a shard that overlap."""
    keep(store, entries=ranked({1: 5, 2: 0}), enrollments=map(an_enrollment, (1, 2)))

    run(store, move_players([SHARD], Moves(CYCLE, 1, promote_through=2, demote_from=1)))

    assert column(store, "enrollments", "tier") == {1: 2, 2: 0}


def test_whoever_has_no_score_may_go_down(store: Store) -> None:
    keep(store, entries=ranked({1: 50, 2: 0}), enrollments=map(an_enrollment, (1, 2)))

    run(store, move_players([SHARD], Moves(CYCLE, 1, promote_through=None, demote_from=2)))

    assert column(store, "enrollments", "tier") == {1: 1, 2: 0}


def test_without_cuts_nobody_is_moved(store: Store) -> None:
    keep(store, entries=ranked(FIVE), enrollments=map(an_enrollment, FIVE))
    before = fingerprint(store)

    run(store, move_players([SHARD], Moves(CYCLE, 1, promote_through=None, demote_from=None)))

    assert fingerprint(store) == before


def test_a_tier_is_set_from_the_one_that_was_played_in(store: Store) -> None:
    # An administrator's change or a lost update elsewhere does not add to the move.
    keep(store, entries=ranked(FIVE), enrollments=[an_enrollment(n, tier=0) for n in FIVE])

    move(store)

    assert column(store, "enrollments", "tier") == {1: 2, 2: 2, 3: 0, 4: 0, 5: 0}


def test_a_promotion_counts_for_the_season_and_a_demotion_does_not(store: Store) -> None:
    enrollments = [an_enrollment(number, seasonal_max_tier=1) for number in FIVE]
    keep(store, entries=ranked(FIVE), enrollments=enrollments)

    settle(store)

    assert column(store, "enrollments", "seasonal_max_tier") == {1: 2, 2: 2, 3: 1, 4: 1, 5: 1}


def test_a_promotion_below_the_seasons_best_does_not_lower_it(store: Store) -> None:
    keep(store, entries=ranked({1: 5}), enrollments=[an_enrollment(1, seasonal_max_tier=4)])

    move(store)

    assert column(store, "enrollments", "seasonal_max_tier") == {1: 4}


def test_only_the_newest_ten_archives_are_listed(store: Store) -> None:
    ten = [f"{0xC0 - number:024x}" for number in range(10)]
    keep(store, entries=ranked(FIVE), enrollments=[an_enrollment(n, archives=ten) for n in FIVE])

    settle(store)

    assert column(store, "enrollments", "archives") == {n: [SHARD, *ten[:9]] for n in FIVE}


def test_whoever_did_not_score_goes_down_a_tier_with_or_without_a_shard(store: Store) -> None:
    keep(
        store,
        enrollments=[
            an_enrollment(1, tier=2, active_cycle=CYCLE - 1),
            an_enrollment(2, tier=2, active_cycle=None, current_shard_id=None),
            an_enrollment(3, tier=1, active_cycle=CYCLE - 3, current_shard_id=None),
            an_enrollment(4, tier=2, active_cycle=CYCLE),
            an_enrollment(5, tier=2, active_cycle=None, leaderboard_id="elsewhere"),
        ],
    )

    idle(store)

    assert column(store, "enrollments", "tier", "promotion_status", "archives") == {
        1: (1, DEMOTED, [SHARD]),
        2: (1, DEMOTED, []),
        3: (0, DEMOTED, []),
        4: (2, ACKNOWLEDGED, []),
        5: (2, ACKNOWLEDGED, []),
    }


def test_at_tier_0_idleness_changes_nothing(store: Store) -> None:
    absent = an_enrollment(1, tier=0, active_cycle=None, current_shard_id=None, promotion_status=PROMOTED)
    keep(store, enrollments=[absent])
    before = fingerprint(store)

    idle(store)
    others(store)

    assert fingerprint(store) == before


def test_a_spectator_of_tier_0_is_told_that_nothing_changed(store: Store) -> None:
    keep(store, enrollments=[an_enrollment(1, tier=0, active_cycle=None)])

    settle(store)

    assert column(store, "enrollments", "tier", "promotion_status", "archives") == {
        1: (0, UNCHANGED, [SHARD])
    }


def test_a_demoted_spectator_goes_down_once(store: Store) -> None:
    # Score 0, ranked in the demotion zone, and idle as well.
    keep(store, entries=ranked(FIVE | {5: 0}), enrollments=[an_enrollment(5, active_cycle=None)])

    settle(store)

    assert column(store, "enrollments", "tier") == {5: 0}


def test_a_disqualified_player_who_scored_is_neither_promoted_nor_demoted(store: Store) -> None:
    keep(store, entries=[an_entry(1, 99, state="disqualified")], enrollments=[an_enrollment(1)])

    settle(store)

    assert column(store, "enrollments", "tier", "promotion_status") == {1: (1, UNCHANGED)}


def test_a_guild_shard_is_listed_and_moves_nobody(store: Store) -> None:
    keep(
        store,
        entries=ranked(FIVE),
        enrollments=[an_enrollment(n, current_shard_id=None, archives=[OTHER_SHARD]) for n in (1, 2)],
    )
    before = column(store, "enrollments", "tier", "promotion_status", "settled_cycle")

    run(store, list_guild_archive(SHARD))

    assert column(store, "enrollments", "archives") == {1: [SHARD, OTHER_SHARD], 2: [SHARD, OTHER_SHARD]}
    assert column(store, "enrollments", "tier", "promotion_status", "settled_cycle") == before


def test_a_guild_shard_is_listed_among_the_newest_ten(store: Store) -> None:
    ten = [f"{0xC0 - number:024x}" for number in range(10)]
    keep(store, entries=ranked({1: 5}), enrollments=[an_enrollment(1, archives=ten)])

    run(store, list_guild_archive(SHARD))

    assert column(store, "enrollments", "archives") == {1: [SHARD, *ten[:9]]}


def guild_listed(store: Store) -> object:
    return run(store, list_guild_archive(SHARD))


def ranked_and_sealed(store: Store) -> object:
    return run(store, rank_and_seal([SHARD]))


STEPS: list[Step] = [ranked_and_sealed, move, idle, others, guild_listed]


@pytest.mark.parametrize("step", STEPS)
def test_a_step_that_is_repeated_changes_nothing(store: Store, step: Step) -> None:
    ended = an_enrollment(6, tier=2, active_cycle=None, current_shard_id=None)
    keep(store, entries=ranked(FIVE), enrollments=[*map(an_enrollment, FIVE), ended])
    step(store)
    before = fingerprint(store)

    step(store)

    assert fingerprint(store) == before


@pytest.mark.parametrize("step", STEPS)
def test_a_step_that_comes_after_the_rollover_changes_nothing(store: Store, step: Step) -> None:
    keep(store, entries=ranked(FIVE), enrollments=map(an_enrollment, FIVE))
    settle(store)
    next_cycle_begins(store)
    before = fingerprint(store)

    step(store)

    assert fingerprint(store) == before


@pytest.mark.parametrize("pipeline", [move_players([SHARD], TWO_UP_ONE_DOWN), rank_and_seal([SHARD])])
def test_a_merge_that_comes_after_the_rollover_changes_nothing(
    store: Store, pipeline: list[dict[str, object]]
) -> None:
    keep(store, entries=ranked(FIVE), enrollments=map(an_enrollment, FIVE))
    after = []

    def others_finish() -> None:
        settle(store)
        next_cycle_begins(store)
        after.append(fingerprint(store))

    run_late(store, pipeline, meanwhile=others_finish)

    assert fingerprint(store) == after[0]


def next_cycle_begins(store: Store) -> None:
    """Everybody is in a shard of the next cycle, the first two have scored; a newcomer has not."""
    enrolled(store).update_many({}, {"$set": {"current_shard_id": NEXT_SHARD}})
    enrolled(store).update_many(
        {"account_id": {"$in": [account(1), account(2)]}}, {"$set": {"active_cycle": CYCLE + 1}}
    )
    newcomer = an_enrollment(
        9, settled_cycle=CYCLE, season_cycle=CYCLE, active_cycle=None, current_shard_id=NEXT_SHARD
    )
    enrolled(store).insert_one(newcomer)
