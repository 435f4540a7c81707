"""Specification 10, section 8, lines 9 to 13, 17 and 18: who rolls over when, and to where."""

from datetime import UTC, datetime, timedelta

import pytest
from conftest import SettingsFactory
from definition_builders import board_b
from fakes import GuildStandIn
from game_world import BOARD, Json, Store, a_board, problem_of, scores_of
from rollover_driver import (
    ACKNOWLEDGED,
    DEMOTED,
    PROMOTED,
    UNCHANGED,
    League,
    rank_rewards,
    rewarded,
    tiered,
)

from app.settings import Settings

pytest_plugins = ["game_fixtures", "rollover_fixtures"]

TEN = {number: 110 - 10 * number for number in range(1, 11)}


@pytest.fixture
def settings(settings_for: SettingsFactory, guilds: GuildStandIn) -> Settings:
    return settings_for(guild_url=guilds.url, monthly_rollover_day=31)


async def test_10_9_the_five_best_of_tier_0_are_promoted(league: League) -> None:
    """Line 10.9."""
    await league.define(board_b(BOARD))
    await league.scores(TEN)

    await league.roll_over()

    assert await league.tiers(*TEN) == {
        number: (1, PROMOTED) if number <= 5 else (0, UNCHANGED) for number in TEN
    }


async def test_10_9_every_player_lists_one_archive(league: League) -> None:
    """Line 10.9."""
    await league.define(board_b(BOARD))
    await league.scores(TEN)

    await league.roll_over()

    (archive,) = league.archives()
    assert [(await league.enrollment(number))["archives"] for number in TEN] == [[archive["_id"]]] * 10


async def test_10_9_the_next_cycle_begins_with_an_empty_board(league: League) -> None:
    """Line 10.9."""
    await league.define(board_b(BOARD))
    await league.scores(TEN)

    await league.roll_over()

    view = await league.view(99)
    assert (view["cycle"], scores_of(view["allScores"])) == (2, [(1, 99, 0)])


async def test_10_9_the_archive_keeps_ranks_and_scores(league: League) -> None:
    """Line 10.9."""
    await league.define(board_b(BOARD))
    await league.scores(TEN)

    await league.roll_over()

    (archive,) = league.archives()
    assert archive["archive"]["players"] == 10
    assert league.archived(archive["_id"]) == {number: (number, score) for number, score in TEN.items()}


async def test_10_10_whoever_has_no_score_is_not_promoted(league: League) -> None:
    """Line 10.10."""
    await league.define(board_b(BOARD))
    await league.scores({1: 30, 2: 20, 3: 10})
    for number in range(4, 11):
        await league.view(number)

    await league.roll_over()

    tiers = await league.tiers(*range(1, 11))
    assert [number for number, moved in tiers.items() if moved == (1, PROMOTED)] == [1, 2, 3]
    assert [number for number, moved in tiers.items() if moved == (0, UNCHANGED)] == [4, 5, 6, 7, 8, 9, 10]


async def test_10_10_equal_ranks_are_promoted_together(league: League) -> None:
    """Line 10.10."""
    await league.define(tiered({"promotionRank": 3}, {}))
    await league.scores({1: 50, 2: 40, 3: 40, 4: 40, 5: 30})

    await league.roll_over()

    assert [tier for tier, _ in (await league.tiers(1, 2, 3, 4, 5)).values()] == [1, 1, 1, 1, 0]


async def test_10_11_the_middle_of_tier_1_stays_between_the_cuts(league: League) -> None:
    """Line 10.11."""
    await league.define(tiered({}, {"promotionRank": 5, "demotionRank": 8}, {}))
    await league.put(1, TEN)

    await league.roll_over()

    assert await league.tiers(*TEN) == (
        dict.fromkeys(range(1, 6), (2, PROMOTED))
        | dict.fromkeys((6, 7), (1, UNCHANGED))
        | dict.fromkeys((8, 9, 10), (0, DEMOTED))
    )


@pytest.mark.parametrize("off", [{"demotionRank": 0}, {"demotionRank": -1}, {}], ids=["0", "-1", "absent"])
async def test_10_11_a_demotion_rank_that_is_off_demotes_nobody(league: League, off: Json) -> None:
    """Line 10.11."""
    await league.define(tiered({}, off, {}))
    await league.put(1, TEN)

    await league.roll_over()

    assert await league.tiers(*TEN) == dict.fromkeys(TEN, (1, UNCHANGED))


async def test_10_11_an_idle_player_goes_down_a_tier_a_run_and_stays_at_0(league: League) -> None:
    """Line 10.11."""
    await league.define(board_b(BOARD))
    await league.put(2, {1: 5})
    await league.roll_over()
    tiers = []

    for _ in range(3):
        await league.roll_over()
        tiers.append((await league.enrollment(1))["tier"])

    assert tiers == [1, 0, 0]


async def test_10_11_at_tier_0_an_idle_player_is_told_nothing(league: League) -> None:
    """Line 10.11."""
    await league.define(board_b(BOARD))
    await league.scores({1: 5})
    await league.roll_over()
    await league.put(0, {1: 0})
    await league.roll_over()
    await league.acknowledge(1)

    await league.roll_over()

    assert await league.tiers(1) == {1: (0, ACKNOWLEDGED)}


async def test_10_12_a_spectator_in_the_demotion_zone_goes_down_once(league: League) -> None:
    """Line 10.12."""
    await league.define(tiered({}, {}, {"demotionRank": 2}))
    await league.put(2, {1: 0, 2: 50})

    await league.roll_over()

    assert await league.tiers(1, 2) == {1: (1, DEMOTED), 2: (2, UNCHANGED)}


async def test_10_13_a_score_sent_during_the_run_counts_in_the_next_cycle(league: League) -> None:
    """Line 10.13."""
    await league.define(board_b(BOARD))
    await league.score(1, 5)
    run_id = await league.begin()

    answer = await league.send(1, 7)

    await league.finish(run_id)
    assert answer.status_code == 202
    assert {"pending": True, "cycle": 2}.items() <= answer.json().items()
    view = await league.view(1)
    assert (view["cycle"], view["tier"], scores_of(view["allScores"])) == (2, 1, [(1, 1, 7)])


async def test_10_13_scores_sent_during_the_run_add_up(league: League) -> None:
    """Line 10.13."""
    await league.define(board_b(BOARD))
    await league.score(1, 5)
    run_id = await league.begin()

    for score in (10, -30, 8, -1):
        await league.send(1, score)

    await league.finish(run_id)
    assert scores_of((await league.view(1))["allScores"]) == [(1, 1, 7)]


async def test_10_13_a_newcomers_score_sent_during_the_run_is_not_lost(league: League) -> None:
    """Line 10.13."""
    await league.define(board_b(BOARD))
    run_id = await league.begin()

    await league.send(1, 7)

    await league.finish(run_id)
    record = await league.enrollment(1)
    assert (record["tier"], record["isActive"], record["archives"]) == (0, True, [])
    assert scores_of((await league.view(1))["allScores"]) == [(1, 1, 7)]


async def test_10_13_a_score_acknowledged_before_the_lock_is_in_the_archive(league: League) -> None:
    """Line 10.13."""
    await league.define(board_b(BOARD))
    await league.score(1, 5)
    run_id = await league.begin()
    await league.send(1, 7)

    await league.finish(run_id)

    (archive,) = league.archives()
    assert league.archived(archive["_id"]) == {1: (1, 5)}


async def test_10_13_rankings_stay_readable_during_the_run(league: League) -> None:
    """Line 10.13."""
    await league.define(board_b(BOARD))
    await league.scores({1: 5, 2: 9})
    await league.begin()
    await league.send(1, 100)

    view = await league.view(1)

    assert (view["cycle"], scores_of(view["allScores"])) == (1, [(1, 2, 9), (2, 1, 5)])


@pytest.mark.parametrize("collection", ["grants", "enrollments"], ids=["reward", "move"])
async def test_10_17_a_step_that_failed_twice_is_done_once(league: League, collection: str) -> None:
    """Line 10.17."""
    rule = {"promotionRank": 2, "playersPerShard": 5, "rewards": rank_rewards(3)}
    await league.define(tiered(rule, {}))
    await league.scores(TEN)
    run_id = await league.begin()
    with league.refusing(collection):
        failed = await league.attempts(run_id, 2)

    ended = await league.finish(run_id)

    assert (failed["state"], ended["state"], ended["attempts"]) == ("running", "done", 0)
    assert [shard["archive"]["players"] for shard in league.archives()] == [5, 5]
    winners = [1, 2, 3, 6, 7, 8]
    assert league.grants() == {number: ["rank 3"] for number in winners}
    assert await league.tiers(*TEN) == {
        number: (1, PROMOTED) if number in {1, 2, 6, 7} else (0, UNCHANGED) for number in TEN
    }


async def test_10_17_a_failure_is_shown_with_the_run(league: League) -> None:
    """Line 10.17."""
    await league.define(rewarded(rank_rewards(1)))
    await league.scores({1: 5})
    run_id = await league.begin()

    with league.refusing("grants"):
        row = await league.attempts(run_id, 1)

    assert (row["step"], row["attempts"], row["state"]) == ("reward", 1, "running")
    assert row["last_error"]


async def test_10_18_after_an_outage_of_days_there_is_one_run(league: League) -> None:
    """Line 10.18."""
    await league.define(a_board())
    await league.scores({1: 5})
    league.ends_at(datetime(2041, 5, 2, 2, tzinfo=UTC))  # the last run was on 1 May

    back = datetime(2041, 5, 4, 9, tzinfo=UTC)
    runs = [*await league.roll_over_due(back), *await league.roll_over_due(back)]

    assert [(run["cycle"], run["state"]) for run in runs] == [(1, "done")]
    assert (await league.cycle())["nextRollovers"][0] == "2041-05-05T02:00:00Z"


async def test_10_18_before_its_time_there_is_no_run(league: League) -> None:
    """Line 10.18."""
    await league.define(a_board())
    two = datetime(2041, 5, 2, 2, tzinfo=UTC)
    league.ends_at(two)

    early = await league.rollovers.begin_due(two - timedelta(milliseconds=1))

    assert early == []


async def test_10_18_a_clock_that_goes_back_an_hour_ends_no_cycle_again(league: League) -> None:
    """Line 10.18, and a clock that was wrong: the number of the cycle is the mark, and only grows."""
    await league.define(a_board())
    await league.scores({1: 5})
    two = datetime.now(UTC)
    league.ends_at(two)
    await league.roll_over_due(two)

    again = await league.roll_over_due(two - timedelta(hours=1))
    begun = await league.rollovers.begin(BOARD, actor="test", now=two - timedelta(hours=1))
    by_hand = await league.finish(begun["_id"])

    cycle = await league.cycle()
    assert again == []
    assert (by_hand["cycle"], by_hand["state"], cycle["cycle"]) == (2, "done", 3)
    assert cycle["closesAt"] > two.timestamp() * 1000


async def test_10_18_a_clock_that_goes_on_an_hour_ends_one_cycle(league: League) -> None:
    """Line 10.18, and a clock that was wrong."""
    await league.define(a_board() | {"rolloverType": 0})
    closes_at = datetime.fromtimestamp((await league.cycle())["closesAt"] / 1000, UTC)

    ahead = closes_at + timedelta(hours=1)
    runs = await league.roll_over_due(ahead)
    again = await league.rollovers.begin_due(closes_at)

    assert ([(run["cycle"], run["state"]) for run in runs], again) == ([(1, "done")], [])


async def test_10_18_a_month_without_a_31st_ends_on_its_last_day(league: League, store: Store) -> None:
    """Line 10.18."""
    await league.define(a_board() | {"rolloverType": 3})
    closes_at = datetime(2041, 1, 31, 2, tzinfo=UTC)
    league.ends_at(closes_at)
    ends = []

    for _ in range(3):
        ends.append(f"{closes_at:%d %b %H:%M}")
        (run,) = await league.roll_over_due(closes_at)
        assert run["state"] == "done"
        closes_at = store["leaderboards"].find_one({"_id": BOARD})["cycle"]["closes_at"]  # type: ignore[index]

    assert ends == ["31 Jan 02:00", "28 Feb 02:00", "31 Mar 02:00"]


async def test_an_unknown_leaderboard_has_no_rollover(league: League) -> None:
    answer = await league.do_admin("POST", "rollover", leaderboardId="nope")

    assert problem_of(answer) == (404, "unknown-leaderboard")
