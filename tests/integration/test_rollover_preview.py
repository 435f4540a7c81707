"""The dry run of a rollover, compared with a plain restatement of the rules and with what then happens."""

import random
from collections import Counter, defaultdict
from fractions import Fraction
from typing import Any

import pytest
from conftest import SettingsFactory
from fakes import GuildStandIn
from game_world import BOARD, GUILD, Json, Store, account, fingerprint, problem_of
from rollover_driver import League, percentile_rewards, rank_rewards, tiered

from app.game.rollovers import preview
from app.settings import Settings

pytest_plugins = ["game_fixtures", "rollover_fixtures"]

PLAYERS = range(1, 31)
MEMBERS = range(1, 7)
SEEDS = range(3)

Ranked = list[tuple[str, int, int]]


@pytest.fixture
def settings(settings_for: SettingsFactory, guilds: GuildStandIn) -> Settings:
    guilds.guilds[GUILD] = {account(number): 1 for number in MEMBERS}
    return settings_for(guild_url=guilds.url)


def a_league_of_three(**more: Any) -> Json:
    """Tiers that move by rank and by share, small shards, rewards of every kind."""
    rewards = rank_rewards(1, 3) + percentile_rewards(50) + rank_rewards(2, guildReward=True)
    return tiered(
        {"promotionRank": 2, "playersPerShard": 5, "rewards": rewards},
        {"promotionPercentage": 25, "demotionPercentage": 34, "rewards": rewards},
        {"demotionRank": 4, "rewards": percentile_rewards(0), "maxTierOnSeasonEnd": 1},
        **more,
    )


async def play(league: League, seed: int) -> None:
    """Scores with ties, onlookers, players who stay away in a tier, somebody barred, a guild."""
    draw = random.Random(seed)
    await league.put(1, {number: draw.randint(1, 4) for number in PLAYERS if number % 3 == 1})
    await league.put(2, {number: draw.randint(1, 4) for number in PLAYERS if number % 3 == 2})
    await league.scores({number: draw.randint(1, 4) for number in PLAYERS if number % 3 == 0})
    # A cycle is over: some stay away now, some only look.
    await league.roll_over()
    for number in PLAYERS:
        match draw.randrange(6):
            case 0:
                pass
            case 1:
                await league.view(number)
            case _:
                await league.score(number, draw.choice([-3, 1, 2, 3, 4]))
    for number in MEMBERS:
        await league.score(number, draw.choice([-1, 1, 2]), guild=GUILD)
    await league.disqualify(9)


async def previewed(league: League) -> Json:
    answer = await league.do_admin("POST", "rollover/preview", leaderboardId=BOARD)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def running_shards(store: Store) -> list[tuple[Json, Ranked]]:
    """Each shard of the running cycle with its ranked players: account, rank, score."""
    found = []
    for shard in store["shards"].find({"cycle": 2}):
        rows = list(store["entries"].find({"shard_id": shard["_id"], "state": "open"}))
        scores = [row["score"] for row in rows]
        ranked = [
            (row["account_id"], 1 + sum(s > row["score"] for s in scores), row["score"]) for row in rows
        ]
        found.append((shard, ranked))
    return found


def moved(rule: Json, tier: int, rank: int, score: int, players: int) -> int:
    """By how many tiers a rank and score move, in three tiers."""
    up = rule.get("promotionRank") or int(Fraction(rule.get("promotionPercentage", 0)) * players / 100)
    share_down = int(Fraction(rule.get("demotionPercentage", 0)) * players / 100)
    down = rule.get("demotionRank") or (players - share_down + 1 if share_down else 0)
    if tier < 2 and rank <= up and score > 0:
        return 1
    return -1 if tier > 0 and down and rank >= down else 0


def won(rule: Json, rank: int, score: int, players: int, *, guild: bool) -> str | None:
    """The subject of the reward of a rank."""
    candidates = [reward for reward in rule["rewards"] if reward.get("guildReward", False) == guild]
    by_rank = sorted((one["minimumRank"], one["subject"]) for one in candidates if one["minimumRank"] >= rank)
    percentile = Fraction(100 * (players - rank), players)
    shares = [(one.get("minimumPercentile", -1), one["subject"]) for one in candidates]
    by_share = sorted((share, subject) for share, subject in shares if 0 <= share <= percentile)
    if score <= 0:
        return None
    return by_rank[0][1] if by_rank else by_share[-1][1] if by_share else None


def expected(store: Store, board: Json) -> list[Json]:
    """Every tier's movers and winners, and how many are idle."""
    tiers: list[Json] = [defaultdict(list, tier=tier) for tier in range(3)]
    by_rank = set()
    for shard, ranked in running_shards(store):
        number = shard["tier"]
        tier, rule, is_guild = tiers[number], board["tierRules"][number], shard["guild_id"] is not None
        tier["shards"].append(shard["_id"])
        tier["players"] += ranked
        for name, rank, score in ranked:
            by = 0 if is_guild else moved(rule, number, rank, score, len(ranked))
            if by:
                by_rank.add(name)
                line = {"accountId": name, "rank": rank, "score": score, "from": number, "to": number + by}
                tier["promotions" if by > 0 else "demotions"].append(line)
            if subject := won(rule, rank, score, len(ranked), guild=is_guild):
                line = {"accountId": name, "rank": rank, "score": score, "subject": subject}
                tier["rewards"].append(line)
    for record in store["enrollments"].find({"tier": {"$gt": 0}}):
        if record["active_cycle"] != 2 and record["account_id"] not in by_rank:
            tiers[record["tier"]]["idle"].append(record["account_id"])
    return [_told(tier) for tier in tiers]


def _told(tier: Json) -> Json:
    return {
        "tier": tier["tier"],
        "shards": len(tier["shards"]),
        "players": len(tier["players"]),
        "promoted": len(tier["promotions"]),
        "demoted": len(tier["demotions"]),
        "idleDemoted": len(tier["idle"]),
        "rewarded": len(tier["rewards"]),
        **{name: in_order(tier[name]) for name in ("promotions", "demotions", "rewards")},
    }


def in_order(lines: list[Json]) -> list[Json]:
    return sorted(lines, key=lambda line: (line["rank"], line["accountId"], line.get("subject")))


def told(shown: Json) -> list[Json]:
    """The tiers of a preview; what one player wins in two shards has no order of its own."""
    names = ("promotions", "demotions", "rewards")
    return [tier | {name: in_order(tier[name]) for name in names} for tier in shown["tiers"]]


@pytest.mark.parametrize("seed", SEEDS)
async def test_a_preview_is_what_the_rules_say(league: League, store: Store, seed: int) -> None:
    board = a_league_of_three()
    await league.define(board)
    await play(league, seed)

    assert told(await previewed(league)) == expected(store, board)


@pytest.mark.parametrize("seed", SEEDS)
async def test_players_are_moved_as_foreseen(league: League, store: Store, seed: int) -> None:
    await league.define(a_league_of_three())
    await play(league, seed)
    shown = await previewed(league)
    moved_to = after_moves(store, shown)

    await league.roll_over()

    assert {row["account_id"]: row["tier"] for row in store["enrollments"].find()} == moved_to


@pytest.mark.parametrize("seed", SEEDS)
async def test_players_are_rewarded_as_foreseen(league: League, store: Store, seed: int) -> None:
    await league.define(a_league_of_three())
    await play(league, seed)
    shown = await previewed(league)

    run = await league.roll_over()

    grants = store["grants"].find({"run_id": run["_id"]})
    assert sorted(
        (line["accountId"], line["rank"], line["score"], line["subject"])
        for tier in shown["tiers"]
        for line in tier["rewards"]
    ) == sorted(
        (
            grant["account_id"],
            grant["data"]["leaderboardRank"],
            grant["data"]["leaderboardScore"],
            grant["message"]["subject"],
        )
        for grant in grants
    )


@pytest.mark.parametrize("seed", SEEDS)
async def test_a_seasons_end_rewards_and_drops_as_many_as_foreseen(
    league: League, store: Store, seed: int
) -> None:
    await league.define(a_league_of_three(seasons=2))
    await play(league, seed)
    shown = await previewed(league)
    moved_to = after_moves(store, shown)

    run = await league.roll_over()

    won_by = Counter(
        grant["message"]["subject"]
        for grant in store["grants"].find({"run_id": run["_id"], "data.rewardType": "season"})
    )
    tiers = {row["account_id"]: row["tier"] for row in store["enrollments"].find()}
    assert shown["endsSeason"]
    assert {one["subject"]: one["players"] for one in shown["season"]["rewards"] if one["players"]} == won_by
    assert shown["season"]["dropped"] == sum(tiers[name] < tier for name, tier in moved_to.items())


def after_moves(store: Store, shown: Json) -> dict[str, int]:
    """Where ranks and idleness leave everybody, before the season's end."""
    moves = {
        line["accountId"]: line["to"]
        for tier in shown["tiers"]
        for line in tier["promotions"] + tier["demotions"]
    }
    return {
        row["account_id"]: moves.get(
            row["account_id"], row["tier"] - (row["tier"] > 0 and row["active_cycle"] != 2)
        )
        for row in store["enrollments"].find()
    }


async def test_without_a_seasons_end_there_is_nothing_to_tell_of_it(league: League) -> None:
    await league.define(a_league_of_three(seasons=2))

    shown = await previewed(league)

    assert (shown["endsSeason"], shown["season"]) == (False, None)


async def test_a_preview_changes_nothing(league: League, store: Store) -> None:
    await league.define(a_league_of_three(seasons=1))
    await league.scores({number: number for number in PLAYERS})
    before = fingerprint(store)

    await previewed(league)

    assert fingerprint(store) == before


async def test_long_lists_are_cut_and_still_counted(league: League, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preview, "MOST_LISTED", 3)
    await league.define(a_league_of_three())
    await league.scores({number: number for number in PLAYERS})

    (tier, *_) = (await previewed(league))["tiers"]

    assert (tier["promoted"], [line["rank"] for line in tier["promotions"]]) == (12, [1, 1, 1])
    assert (tier["rewarded"], len(tier["rewards"])) == (18, 3)


async def test_a_leaderboard_without_players_moves_nobody(league: League) -> None:
    await league.define(a_league_of_three())

    tiers = (await previewed(league))["tiers"]

    assert [(tier["shards"], tier["players"], tier["promoted"], tier["rewarded"]) for tier in tiers] == [
        (0, 0, 0, 0)
    ] * 3


async def test_there_is_no_preview_of_a_rollover_that_is_going_on(league: League) -> None:
    await league.define(a_league_of_three())
    await league.begin()

    answer = await league.do_admin("POST", "rollover/preview", leaderboardId=BOARD)

    assert problem_of(answer) == (409, "rollover-running")
