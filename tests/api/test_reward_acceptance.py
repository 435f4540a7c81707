"""Specification 10, section 8, lines 14, 15, 19 and 21: what rollovers and seasons give to whom."""

import pytest
from conftest import SettingsFactory
from fakes import GuildStandIn, Mood
from game_world import BOARD, GUILD, Json, account
from rollover_driver import DEMOTED, League, percentile_rewards, rank_rewards, rewarded, tiered

from app.settings import Settings

pytest_plugins = ["game_fixtures", "rollover_fixtures"]

SEASONAL = ({"promotionRank": 1}, {"promotionRank": 1}, {"maxTierOnSeasonEnd": 1})


@pytest.fixture
def settings(settings_for: SettingsFactory, guilds: GuildStandIn) -> Settings:
    return settings_for(guild_url=guilds.url)


HUNDRED = {number: 1000 - number for number in range(1, 101)}


async def test_10_14_each_of_a_hundred_wins_the_closest_reward(league: League) -> None:
    """Line 10.14."""
    await league.define(rewarded([*percentile_rewards(0, 50), *rank_rewards(10, 1, 3, 2)]))
    await league.scores(HUNDRED)

    await league.roll_over()

    grants = league.grants()
    assert {number: grants[number] for number in (3, 7, 30, 50, 51)} == {
        3: ["rank 3"],
        7: ["rank 10"],
        30: ["percentile 50"],
        50: ["percentile 50"],
        51: ["percentile 0"],
    }
    assert sum(map(len, grants.values())) == 100


async def test_10_14_a_rank_reward_that_reaches_further_goes_before_the_percentile(league: League) -> None:
    """Line 10.14."""
    await league.define(rewarded([*rank_rewards(60), *percentile_rewards(50)]))
    await league.scores(HUNDRED)

    await league.roll_over()

    assert league.grants() == {number: ["rank 60"] for number in range(1, 61)}


async def test_10_15_players_without_a_score_count_and_win_nothing(league: League) -> None:
    """Line 10.15."""
    await league.define(rewarded(percentile_rewards(50, 0)))
    await league.scores({1: 50, 2: 40, 3: 30, 4: 20, 5: 10})
    for number in range(6, 11):
        await league.view(number)

    await league.roll_over()

    assert league.grants() == {number: ["percentile 50"] for number in range(1, 6)}


async def test_10_19_a_season_counts_down_and_starts_again(league: League) -> None:
    """Line 10.19."""
    await league.define(tiered(*SEASONAL, seasons=4))
    remaining = []

    for _ in range(4):
        await league.roll_over()  # also when nobody played
        remaining.append((await league.cycle())["rolloversRemaining"])

    assert remaining == [3, 2, 1, 4]


async def test_10_19_the_highest_tier_of_the_season_is_rewarded_and_the_present_one_drops(
    league: League,
) -> None:
    """Line 10.19."""
    await league.define(tiered(*SEASONAL, seasons=4))
    for _ in range(2):  # 0 to 1 to 2
        await league.score(1, 5)
        await league.roll_over()
    await league.roll_over()  # idle: down to 1
    await league.put(1, {2: 10})  # who takes the promotion
    await league.score(1, 5)

    await league.roll_over()

    record = await league.enrollment(1)
    assert league.grants()[1] == ["season 2"]
    assert (record["tier"], record["promotionStatus"], record["seasonEnded"]) == (0, DEMOTED, True)
    assert record["seasonalMaxTier"] == -1


async def test_10_19_a_promotion_in_the_seasons_last_run_counts(league: League) -> None:
    """Line 10.19."""
    await league.define(tiered(*SEASONAL, seasons=4))
    for _ in range(3):
        await league.roll_over()
    await league.put(1, {1: 10})

    await league.roll_over()  # 1 to 2, and from there the season's end leads to 1

    assert league.grants() == {1: ["season 2"]}
    assert await league.tiers(1) == {1: (1, DEMOTED)}


async def test_10_19_whoever_did_not_score_in_the_season_drops_without_a_reward(league: League) -> None:
    """Line 10.19."""
    lasting: tuple[Json, ...] = ({}, {}, {"maxTierOnSeasonEnd": 1}, {"maxTierOnSeasonEnd": 3})
    await league.define(tiered(*lasting, seasons=1))
    await league.put(3, {1: 5})
    await league.roll_over()
    rewarded_before = league.grants()

    await league.roll_over()  # idle: 3 to 2, and from there the season's end leads to 1

    assert (rewarded_before, league.grants()) == ({1: ["season 3"]}, {1: ["season 3"]})
    record = await league.enrollment(1)
    assert (record["tier"], record["promotionStatus"], record["seasonEnded"]) == (1, DEMOTED, True)


async def test_10_19_a_tier_that_was_set_is_no_score(league: League) -> None:
    """Line 10.19: an administrator's tier counts as the season's highest, but only a score wins for it."""
    await league.define(tiered({}, {}, {"maxTierOnSeasonEnd": 2}, seasons=1))
    await league.put(2, {1: 0, 2: 0})
    await league.score(2, 5)

    preview = await league.do_admin("POST", "rollover/preview", leaderboardId=BOARD)
    await league.roll_over()

    assert league.grants() == {2: ["season 2"]}
    assert sum(tier["players"] for tier in preview.json()["season"]["rewards"]) == 1


async def test_10_19_a_seasonal_reward_comes_on_top_of_the_runs(league: League) -> None:
    """Line 10.19."""
    await league.define(tiered({"rewards": rank_rewards(1)}, seasons=1))
    await league.score(1, 5)

    await league.roll_over()

    assert sorted(league.grants()[1]) == ["rank 1", "season 0"]


FIVE = {1: 50, 2: 40, 3: 30, 4: 20, 5: 10}


async def five_of_a_guild(league: League, guilds: GuildStandIn, *rewards: Json) -> None:
    """Five members have scored for their guild."""
    await league.define(rewarded(rewards))
    guilds.guilds[GUILD] = {account(number): 1 for number in FIVE}
    for number, score in FIVE.items():
        await league.score(number, score, guild=GUILD)


ALL_MEMBERS = (*rank_rewards(1, guildReward=True), *percentile_rewards(0, guildReward=True))


async def test_10_21_whoever_left_the_guild_is_archived_and_not_rewarded(
    league: League, guilds: GuildStandIn
) -> None:
    """Line 10.21."""
    await five_of_a_guild(league, guilds, *ALL_MEMBERS)
    del guilds.guilds[GUILD][account(1)]

    await league.roll_over()

    (archive,) = league.archives()
    assert archive["archive"]["players"] == len(league.archived(archive["_id"])) == 5
    assert league.grants() == {2: ["rank 1"], 3: ["percentile 0"], 4: ["percentile 0"], 5: ["percentile 0"]}


async def test_10_21_percentiles_are_of_those_who_are_still_members(
    league: League, guilds: GuildStandIn
) -> None:
    """Line 10.21."""
    # Of four, rank 2 has 50 percent below; of five it would have 60.
    await five_of_a_guild(league, guilds, *percentile_rewards(60, guildReward=True))
    del guilds.guilds[GUILD][account(5)]

    await league.roll_over()

    assert league.grants() == {1: ["percentile 60"]}


async def test_10_21_a_disbanded_guild_is_archived_without_rewards(
    league: League, guilds: GuildStandIn
) -> None:
    """Line 10.21."""
    await five_of_a_guild(league, guilds, *ALL_MEMBERS)
    del guilds.guilds[GUILD]

    await league.roll_over()

    (archive,) = league.archives()
    assert (archive["guild_id"], len(league.archived(archive["_id"])), league.grants()) == (GUILD, 5, {})


async def test_10_21_while_the_guild_service_is_away_the_run_waits_and_loses_nothing(
    league: League, guilds: GuildStandIn
) -> None:
    """Line 10.21."""
    await five_of_a_guild(league, guilds, *ALL_MEMBERS)
    run_id = await league.begin()
    guilds.mood = Mood.BROKEN
    waiting = await league.attempts(run_id, 2)
    archived_meanwhile = league.archives()
    guilds.mood = Mood.WELL

    ended = await league.finish(run_id)

    (archive,) = league.archives()
    assert (waiting["state"], archived_meanwhile, ended["state"]) == ("running", [], "done")
    assert league.archived(archive["_id"]) == {n: (n, score) for n, score in FIVE.items()}
    assert sorted(league.grants()) == [1, 2, 3, 4, 5]


async def test_10_21_a_guild_shard_moves_nobody(league: League, guilds: GuildStandIn) -> None:
    """Line 10.21."""
    await league.define(tiered({"promotionRank": 5}, {}))
    guilds.guilds[GUILD] = {account(1): 1}
    await league.score(1, 50, guild=GUILD)

    await league.roll_over()

    (archive,) = league.archives()
    record = await league.enrollment(1)
    assert (record["tier"], record["archives"]) == (0, [archive["_id"]])
