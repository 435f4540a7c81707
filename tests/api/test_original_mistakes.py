"""Specification 10, section 9: what the service that Laurel replaces got wrong with shards and scores."""

import time
from datetime import UTC, datetime, timedelta

import bson
import pytest
from conftest import SettingsFactory
from fakes import GuildStandIn
from game_world import BOARD, GUILD, Store, a_board, account, fingerprint, scores_of, together
from mailbox_stand_in import MailboxStandIn
from rollover_driver import League, rank_rewards, rewarded

from app.game.archives.retention import oldest_end, remove_expired
from app.settings import Settings

pytest_plugins = ["delivery_fixtures", "game_fixtures", "rollover_fixtures"]

TEN = {number: 110 - 10 * number for number in range(1, 11)}
GUILD_REWARD = rewarded(rank_rewards(1, guildReward=True))


@pytest.fixture
def settings(settings_for: SettingsFactory, guilds: GuildStandIn, mailbox: MailboxStandIn) -> Settings:
    return settings_for(guild_url=guilds.url, mailbox_url=mailbox.url, monthly_rollover_day=31)


async def test_a_shard_is_no_larger_for_its_entries(league: League, store: Store) -> None:
    """Mistake: all entries in one 16 MB document."""
    await league.define(a_board())
    await league.score(1, 5)
    (alone,) = store["shards"].find()

    await league.scores(dict.fromkeys(range(2, 301), 5))

    (together_with_300,) = store["shards"].find()
    assert len(bson.encode(together_with_300)) == len(bson.encode(alone))
    assert store["entries"].count_documents({}) == 300


async def test_twenty_thousand_players_are_ranked_in_seconds(league: League, store: Store) -> None:
    """Mistake: O(N²) ranks. Comparing each of these with each other would be 400 million comparisons."""
    await league.define(a_board())
    await league.score(1, 5)
    (first,) = store["entries"].find()
    store["entries"].insert_many(
        {**first, "_id": f"{BOARD}/1/public/{account(n)}", "account_id": account(n), "score": n % 9_000}
        for n in range(2, 20_001)
    )
    began = time.monotonic()

    await league.roll_over()

    assert time.monotonic() - began < 20
    assert store["entries"].count_documents({"rank": {"$gte": 1}}) == 20_000


async def test_guild_and_public_scores_stay_apart(league: League, guilds: GuildStandIn) -> None:
    """Mistake: guild and public shards mixed."""
    await league.define(a_board())
    guilds.guilds[GUILD] = {account(1): 1, account(2): 1}

    await together(
        league.score(1, 5),
        league.score(1, 7, guild=GUILD),
        league.score(2, 9, guild=GUILD),
        league.score(3, 3),
    )

    shards = (await league.rankings(1, guild=GUILD))["leaderboards"]
    assert [(shard["guildId"], scores_of(shard["allScores"])) for shard in shards] == [
        (None, [(1, 1, 5), (2, 3, 3)]),
        (GUILD, [(1, 2, 9), (2, 1, 7)]),
    ]


async def test_a_guild_has_one_shard(league: League, store: Store, guilds: GuildStandIn) -> None:
    """Mistake: two shards for one guild."""
    await league.define(a_board(players=2))
    guilds.guilds[GUILD] = {account(number): 1 for number in range(1, 21)}

    await together(*(league.score(number, 5, guild=GUILD) for number in range(1, 21)))

    assert [(shard["guild_id"], shard["seats"]) for shard in store["shards"].find()] == [(GUILD, 20)]


async def test_a_score_is_kept_from_falling_below_0_by_the_one_write_that_adds_it(
    league: League, store: Store
) -> None:
    """Mistake: floor at 0 as a second write over all entries."""
    await league.define(a_board())
    await league.scores({1: 30, 2: 5})
    await league.view(3)
    others = {"account_id": {"$ne": account(1)}}
    before = list(store["entries"].find(others).sort("_id"))

    answer = await league.score(1, -100)

    assert (answer["score"], answer["version"]) == (0, 2)
    assert list(store["entries"].find(others).sort("_id")) == before


async def test_one_invalid_definition_of_three_leaves_everything_as_it_was(
    league: League, store: Store
) -> None:
    """Mistake: updates not all-or-nothing although promised."""
    await league.define(a_board("old"))
    before = fingerprint(store)
    posted = [a_board("new"), a_board("old", tiers=2), a_board("bad") | {"tierCount": 0}]

    answer = await league.do_admin("POST", "update", leaderboards=posted, idsToDelete=["old"])

    assert (answer.status_code, fingerprint(store)) == (422, before)


async def test_a_newcomer_who_scores_and_looks_at_once_is_one_player(league: League, store: Store) -> None:
    """Mistake: duplicate enrollments and entries under concurrency."""
    await league.define(a_board())

    await together(*(league.score(1, 1) for _ in range(30)), *(league.view(1) for _ in range(30)))

    assert store["enrollments"].count_documents({}) == 1
    assert [(entry["score"], entry["version"]) for entry in store["entries"].find()] == [(30, 30)]


@pytest.mark.parametrize(("days_later", "archives"), [(0, 1), (59, 1), (61, 0)])
async def test_an_archive_is_kept_for_sixty_days_and_no_longer(
    league: League, store: Store, days_later: int, archives: int
) -> None:
    """Mistake: archives never expiring or expiring at once."""
    await league.define(a_board())
    await league.score(1, 5)
    await league.roll_over()
    now = datetime.now(UTC) + timedelta(days=days_later)

    await remove_expired(league.resources.ranks, ended_by=oldest_end(now, days=60))

    assert (len(league.archives()), store["entries"].count_documents({"cycle": 1})) == (archives, archives)
