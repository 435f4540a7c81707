"""Specification 10, section 9: what the service that Laurel replaces got wrong when it rolled over."""

import asyncio
import time
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from conftest import SettingsFactory
from definition_builders import a_definition, board_b
from fakes import GuildStandIn
from fakes import Mood as GuildMood
from game_world import BOARD, GUILD, Json, Store, a_board, account, fingerprint, scores_of, together
from mailbox_stand_in import MailboxStandIn, Mood
from rollover_driver import DEMOTED, PROMOTED, UNCHANGED, League, rank_rewards, rewarded, tiered

from app.game.leaderboards import Leaderboards
from app.game.rollovers.runs import begin_run, free_runs
from app.settings import Settings

pytest_plugins = ["delivery_fixtures", "game_fixtures", "rollover_fixtures"]

REPEATED = 10
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
#: Two hundred locks, with scores coming in all the time.
HAMMERED_BOARDS, LOCKS_A_BOARD = 8, 25
TEN = {number: 110 - 10 * number for number in range(1, 11)}
GUILD_REWARD = rewarded(rank_rewards(1, guildReward=True))


@pytest.fixture
def settings(settings_for: SettingsFactory, guilds: GuildStandIn, mailbox: MailboxStandIn) -> Settings:
    return settings_for(guild_url=guilds.url, mailbox_url=mailbox.url, monthly_rollover_day=31)


async def test_a_promotion_from_tier_1_leads_to_tier_2(league: League) -> None:
    """Mistake: tier *set* to ±1 instead of moved."""
    await league.define(tiered({}, {"promotionRank": 1}, {}, {}))
    await league.put(1, {1: 50, 2: 40})

    await league.roll_over()

    assert await league.tiers(1, 2) == {1: (2, PROMOTED), 2: (1, UNCHANGED)}


async def test_a_demotion_from_tier_3_leads_to_tier_2(league: League) -> None:
    """Mistake: tier *set* to ±1 instead of moved."""
    await league.define(tiered({}, {}, {}, {"demotionRank": 2}))
    await league.put(3, {1: 50, 2: 40})

    await league.roll_over()

    assert await league.tiers(1, 2) == {1: (3, UNCHANGED), 2: (2, DEMOTED)}


@pytest.mark.parametrize("rule", [{}, {"demotionRank": 1}], ids=["outside the zone", "in the zone"])
async def test_an_idle_player_goes_down_one_tier(league: League, rule: Json) -> None:
    """Mistake: idle players demoted twice."""
    await league.define(tiered({}, {}, {}, rule))
    await league.put(3, {1: 0})

    await league.roll_over()

    assert await league.tiers(1) == {1: (2, DEMOTED)}


async def test_a_demotion_rank_of_0_demotes_nobody(league: League) -> None:
    """Mistake: demotionRank 0 demoting everyone."""
    await league.define(tiered({}, {"demotionRank": 0}))
    await league.put(1, TEN)

    await league.roll_over()

    assert await league.tiers(*TEN) == dict.fromkeys(TEN, (1, UNCHANGED))


ENDS = [
    # Monthly on the 31st, down for the whole of 1 March: neither drift nor stop.
    (3, "2042-02-28", "2042-03-02 09:00", "2042-03-31"),
    # Weekly on Mondays, down on Monday 6 January: rolled over on Wednesday, and on the next Monday again.
    (2, "2042-01-06", "2042-01-08 09:00", "2042-01-13"),
    # Annually on 1 January.
    (4, "2042-01-01", "2042-01-01 02:00", "2043-01-01"),
]


@pytest.mark.parametrize(("kind", "closes", "back", "following"), ENDS, ids=["monthly", "weekly", "yearly"])
async def test_a_rollover_neither_drifts_nor_stops_nor_is_lost(
    league: League, kind: int, closes: str, back: str, following: str
) -> None:
    """Mistakes: monthly rollover drifting and stopping, weekly lost when down that day, yearly never."""
    await league.define(a_definition(rolloverType=kind))
    league.ends_at(datetime.fromisoformat(f"{closes} 02:00+00:00"))

    runs = await league.roll_over_due(datetime.fromisoformat(f"{back}+00:00"))

    assert [run["state"] for run in runs] == ["done"]
    assert (await league.cycle())["nextRollovers"][0] == f"{following}T02:00:00Z"


async def test_a_monthly_rollover_keeps_its_day_for_a_year(league: League, store: Store) -> None:
    """Mistake: monthly rollover drifting a day a month."""
    await league.define(a_definition(rolloverType=3))
    closes_at = datetime(2041, 1, 31, 2, tzinfo=UTC)
    league.ends_at(closes_at)
    days = []

    for _ in range(12):
        days.append(closes_at.day)
        await league.roll_over_due(closes_at)
        (leaderboard,) = store["leaderboards"].find()
        closes_at = leaderboard["cycle"]["closes_at"]

    assert days == [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]


async def test_a_rollover_that_was_only_begun_is_found_and_finished(league: League) -> None:
    """Mistake: the "last run" mark saved before the work exists."""
    await league.define(board_b(BOARD))
    await league.scores(TEN)
    two = datetime(2041, 5, 2, 2, tzinfo=UTC)
    league.ends_at(two)
    await league.rollovers.begin_due(two)  # and here the worker dies

    again = await league.rollovers.begin_due(two)
    (left,) = await free_runs()
    await league.finish(left)

    assert again == []
    assert [tier for tier, _ in (await league.tiers(*TEN)).values()] == [1] * 5 + [0] * 5


async def test_no_score_falls_between_the_lock_and_the_write(league: League, store: Store) -> None:
    """Mistake: lock checked apart from the write. Each score is in the cycle that its answer names."""
    boards = [f"board-{number}" for number in range(HAMMERED_BOARDS)]
    await league.define(*(a_board(board, players=3) for board in boards))
    over = asyncio.Event()
    named: Counter[tuple[int, str, int]] = Counter()

    async def keep_scoring(number: int) -> None:
        while not over.is_set():
            for board in boards:
                answer = await league.send(number, 10, board, prefer="return=representation")
                named[number, board, answer.json()["cycle"]] += 10

    async def roll_over_unannounced(board: str) -> None:
        for _ in range(LOCKS_A_BOARD):
            run = await begin_run(Leaderboards(), board, actor="another process", now=datetime.now(UTC))
            await league.finish(run["_id"])

    async def roll_all_over() -> None:
        await together(*map(roll_over_unannounced, boards))
        over.set()

    await together(roll_all_over(), *(keep_scoring(number) for number in range(1, 5)))

    stored = {
        (int(entry["account_id"], 16), entry["leaderboard_id"], entry["cycle"]): entry["score"]
        # Who got a place just before the cycle ended has one without a score.
        for entry in store["entries"].find({"version": {"$gt": 0}})
    }
    assert len({(board, cycle) for _, board, cycle in named}) > 2 * HAMMERED_BOARDS
    assert stored == named


async def test_all_shards_are_locked_at_once(league: League) -> None:
    """Mistake: lock per shard."""
    await league.define(a_board(players=2))
    await league.scores(TEN)
    await league.begin()

    answers = await together(*(league.send(number, 5) for number in TEN))

    assert [answer.status_code for answer in answers] == [202] * 10


async def test_the_lock_holds_for_newcomers(league: League, store: Store) -> None:
    """Mistake: lock not for newcomers."""
    await league.define(a_board())
    await league.scores(TEN)
    run_id = await league.begin()

    answer = await league.send(11, 5)

    await league.finish(run_id)
    cycles = [entry["cycle"] for entry in store["entries"].find({"account_id": account(11)})]
    assert (answer.status_code, cycles) == (202, [2])


async def test_a_promoted_player_does_not_score_into_what_is_still_to_be_rolled(league: League) -> None:
    """Mistake: lock per shard; a promoted player was placed in the higher tier's old shard."""
    await league.define(tiered({"promotionRank": 1}, {}))
    await league.put(1, {2: 50})
    await league.score(1, 5)
    run_id = await league.begin()
    with league.refusing("leaderboards"):
        await league.attempts(run_id, 1)  # all is done, but the next cycle is not open yet
    assert (await league.enrollment(1))["tier"] == 1

    await league.send(1, 7)

    await league.finish(run_id)
    assert [len(league.archived(archive["_id"])) for archive in league.archives()] == [1, 1]
    assert scores_of((await league.view(1))["allScores"]) == [(1, 1, 7)]


async def test_times_of_lines_and_of_closing_are_in_milliseconds(league: League) -> None:
    """Mistake: seconds mixed with milliseconds."""
    await league.define(a_board())
    now_ms = time.time() * 1000
    await league.score(1, 5)

    view = await league.view(1)

    assert abs(view["topScores"][0]["lastUpdated"] - now_ms) < 60_000
    assert 0 < view["closesAt"] - now_ms <= timedelta(days=1) / timedelta(milliseconds=1)


async def test_a_start_in_seconds_is_the_same_start_in_milliseconds(league: League) -> None:
    """Mistake: seconds mixed with milliseconds."""
    start = int(time.time()) + 3600

    await league.define(a_board("s") | {"startTime": start}, a_board("ms") | {"startTime": start * 1000})

    opened = [(await league.cycle(board))["openedAt"] for board in ("s", "ms")]
    assert opened == [start * 1000] * 2


async def test_steps_that_are_all_repeated_change_nothing(league: League, store: Store) -> None:
    """Mistake: a retry repeating archives, rewards and moves."""
    rules: list[Json] = [
        {"promotionRank": 2, "rewards": rank_rewards(3)},
        {"promotionRank": 1, "demotionRank": 2, "maxTierOnSeasonEnd": 1},
        {"maxTierOnSeasonEnd": 2},
    ]
    await league.define(tiered(*rules, seasons=1))
    await league.scores(TEN)
    await league.put(1, {11: 50, 12: 40, 13: 0})
    await league.put(2, {14: 0})
    run_id = await league.begin()
    with league.refusing("leaderboards"):
        await league.attempts(run_id, 1)
        before = worked(store)
        after = []
        for _ in range(REPEATED):
            from_the_start = {"step": "lock", "attempts": 0, "free_at": LONG_AGO}
            store["rollovers"].update_one({"_id": run_id}, {"$set": from_the_start})
            store["shards"].update_many({}, {"$set": {"stage": "open"}})
            await league.attempts(run_id, 1)
            after.append(worked(store))

        assert after == [before] * REPEATED
    assert (await league.finish(run_id))["state"] == "done"


async def test_two_workers_at_once_do_the_work_of_one(league: League) -> None:
    """Mistake: a retry repeating archives, rewards and moves."""
    await league.define(tiered({"promotionRank": 2, "rewards": rank_rewards(3)}, {}, {}))
    await league.scores(TEN)
    run_id = await league.begin()

    await together(*(league.rollovers.run(run_id) for _ in range(4)))

    await league.finish(run_id)
    assert len(league.archives()) == 1
    assert league.grants() == {number: ["rank 3"] for number in (1, 2, 3)}
    assert [tier for tier, _ in (await league.tiers(*TEN)).values()] == [1, 1] + [0] * 8


async def test_a_reward_whose_mail_failed_is_sent_again(league: League, mailbox: MailboxStandIn) -> None:
    """Mistake: failed mail never sent again."""
    await league.define(rewarded(rank_rewards(1)))
    await league.score(1, 5)
    await league.roll_over()
    mailbox.moods_to_come = [Mood.BROKEN]
    now = datetime.now(UTC)

    for hours in range(3):
        await league.game.deliveries.deliver_due(now + timedelta(hours=hours))

    assert list(mailbox.mail.values()) == [1]
    assert len(mailbox.calls) == 2


async def test_a_guild_outage_costs_no_guild_its_rewards(league: League, guilds: GuildStandIn) -> None:
    """Mistake: a guild outage taken for a disbanded guild."""
    await league.define(GUILD_REWARD)
    guilds.guilds[GUILD] = {account(1): 1}
    await league.score(1, 5, guild=GUILD)
    run_id = await league.begin()
    guilds.mood = GuildMood.BROKEN
    await league.attempts(run_id, 1)
    guilds.mood = GuildMood.WELL

    await league.finish(run_id)

    assert league.grants() == {1: ["rank 1"]}


def worked(store: Store) -> dict[str, str]:
    """What a run's steps have done, whatever the ledger says about them."""
    return {
        name: mark
        for name, mark in fingerprint(store).items()
        if name in {"entries", "enrollments", "grants", "leaderboards", "receipts"}
    } | {"archives": str([shard["archive"] for shard in store["shards"].find().sort("_id")])}
