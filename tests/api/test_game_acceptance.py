"""Specification 10, section 8, lines 1 to 8, over HTTP."""

import time
from collections.abc import AsyncIterator

import pytest
from conftest import SettingsFactory
from definition_builders import a_definition, board_b
from fakes import GuildStandIn, Mood, serving_guilds
from game_world import BOARD, GUILD, Json, Store, World, a_board, account, fingerprint, together

from app.clients import transport
from app.settings import Settings

pytest_plugins = ["game_fixtures"]


@pytest.fixture
async def guilds() -> AsyncIterator[GuildStandIn]:
    async with serving_guilds() as stand_in:
        yield stand_in


@pytest.fixture
def settings(settings_for: SettingsFactory, guilds: GuildStandIn) -> Settings:
    return settings_for(guild_url=guilds.url)


def entries(store: Store) -> list[Json]:
    return list(store["entries"].find().sort("_id"))


async def test_10_1_a_first_score_enrolls_and_enters_the_player(world: World, store: Store) -> None:
    """Line 10.1."""
    await world.define(board_b(BOARD))

    answer = await world.send(1, 55)

    record = await world.enrollment(1)
    assert (answer.status_code, answer.content) == (204, b"")
    assert {
        "tier": 0,
        "isActive": True,
        "activeTier": 0,
        "promotionStatus": -1,
    }.items() <= record.items()
    assert [entry["score"] for entry in entries(store)] == [55]


async def test_10_1_scores_add_up_and_stop_at_zero(world: World) -> None:
    """Line 10.1."""
    await world.define(board_b(BOARD))
    await world.send(1, 55)

    answers = [await world.score(1, score) for score in (10, -100, 7)]

    assert [(answer["score"], answer["version"]) for answer in answers] == [(65, 2), (0, 3), (7, 4)]


async def test_10_1_scores_of_one_player_leave_all_other_entries_alone(world: World, store: Store) -> None:
    """Line 10.1."""
    await world.define(board_b(BOARD))
    await world.scores({2: 20, 3: 30})
    others = entries(store)

    await world.send(1, 55)
    await world.send(1, -100)

    assert [entry for entry in entries(store) if entry["account_id"] != account(1)] == others


async def test_10_2_a_negative_first_score_makes_an_entry_of_zero(world: World, store: Store) -> None:
    """Line 10.2."""
    await world.define(board_b(BOARD))

    await world.send(1, -20)

    assert [(entry["account_id"], entry["score"]) for entry in entries(store)] == [(account(1), 0)]


async def test_10_2_a_score_of_zero_by_a_stranger_leaves_nothing(world: World, store: Store) -> None:
    """Line 10.2."""
    await world.define(board_b(BOARD))
    before = fingerprint(store)

    answer = await world.send(1, 0)

    assert (answer.status_code, fingerprint(store)) == (204, before)


async def test_10_3_shards_of_two_take_two_each(world: World, store: Store) -> None:
    """Line 10.3."""
    await world.define(a_board(players=2))

    for number in range(1, 5):
        await world.score(number, 10)

    assert [shard["seats"] for shard in store["shards"].find()] == [2, 2]


async def test_10_3_a_shard_without_a_limit_takes_everybody(world: World, store: Store) -> None:
    """Line 10.3."""
    await world.define(a_board(players=-1))

    await world.scores(dict.fromkeys(range(1, 501), 5))

    assert [shard["seats"] for shard in store["shards"].find()] == [500]


async def test_10_3_a_hundred_at_once_overfill_no_shard(world: World, store: Store) -> None:
    """Line 10.3."""
    await world.define(a_board(players=10))

    await together(*(world.score(number, 5) for number in range(1, 101)))

    sizes = store["entries"].aggregate([{"$group": {"_id": "$shard_id", "players": {"$sum": 1}}}])
    assert [size["players"] for size in sizes] == [10] * 10


async def test_10_4_a_hundred_scores_at_once_of_a_new_player_all_count(world: World, store: Store) -> None:
    """Line 10.4."""
    await world.define(board_b(BOARD))

    await together(*(world.score(1, 1) for _ in range(100)))

    assert [(entry["score"], entry["version"]) for entry in entries(store)] == [(100, 100)]
    assert store["enrollments"].count_documents({}) == 1


async def test_10_4_the_first_scores_of_guild_members_make_one_guild_shard(
    world: World, store: Store, guilds: GuildStandIn
) -> None:
    """Line 10.4."""
    await world.define(a_board(players=10))
    guilds.guilds[GUILD] = {account(number): 1 for number in range(1, 21)}

    await together(*(world.score(number, 5, guild=GUILD) for number in range(1, 21)))

    (shard,) = store["shards"].find()
    assert (shard["guild_id"], shard["seats"]) == (GUILD, 20)
    assert [(entry["guild_id"], entry["score"]) for entry in entries(store)] == [(GUILD, 5)] * 20


@pytest.mark.parametrize("rank", [None, 0], ids=["not a member", "an applicant"])
async def test_10_4_whoever_is_not_in_the_guild_is_refused(
    world: World, store: Store, guilds: GuildStandIn, rank: int | None
) -> None:
    """Line 10.4."""
    await world.define(board_b(BOARD))
    guilds.guilds[GUILD] = {account(2): 1} | ({} if rank is None else {account(1): rank})
    before = fingerprint(store)

    answer = await world.send(1, 5, guild=GUILD)

    assert (answer.status_code, answer.json()["type"]) == (403, "/problems/not-in-guild")
    assert fingerprint(store) == before


@pytest.mark.parametrize("mood", [Mood.BROKEN, Mood.NONSENSE, Mood.HANGING])
async def test_10_4_while_the_guild_service_is_away_nothing_is_written(
    world: World, store: Store, guilds: GuildStandIn, mood: Mood, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Line 10.4."""
    monkeypatch.setattr(transport, "ANSWER_WITHIN_S", 0.3)
    await world.define(board_b(BOARD))
    guilds.guilds[GUILD] = {account(1): 1}
    guilds.mood = mood
    before = fingerprint(store)

    answer = await world.send(1, 5, guild=GUILD)

    assert (answer.status_code, answer.json()["type"]) == (503, "/problems/guild-service-unavailable")
    assert "retry-after" in answer.headers
    assert fingerprint(store) == before


async def test_10_4_a_refusal_of_the_guild_service_is_no_membership(
    world: World, store: Store, guilds: GuildStandIn
) -> None:
    """Line 10.4."""
    await world.define(board_b(BOARD))
    guilds.mood = Mood.REFUSING
    before = fingerprint(store)

    answer = await world.send(1, 5, guild=GUILD)

    assert (answer.status_code, fingerprint(store)) == (403, before)


async def test_10_4_a_guild_score_counts_as_activity(world: World, guilds: GuildStandIn) -> None:
    """Line 10.4."""
    await world.define(board_b(BOARD))
    guilds.guilds[GUILD] = {account(1): 1}

    await world.score(1, 5, guild=GUILD)

    record = await world.enrollment(1)
    assert (record["isActive"], record["guildId"], record.get("currentShardId")) == (True, GUILD, None)


async def test_10_4_membership_is_asked_once_a_minute(world: World, guilds: GuildStandIn) -> None:
    """Line 10.4."""
    await world.define(board_b(BOARD))
    guilds.guilds[GUILD] = {account(1): 1}

    for _ in range(3):
        await world.score(1, 5, guild=GUILD)

    assert guilds.asked == 1


async def test_10_4_a_member_sees_the_public_shard_before_the_guilds(
    world: World, guilds: GuildStandIn
) -> None:
    """Line 10.4."""
    await world.define(board_b(BOARD))
    guilds.guilds[GUILD] = {account(1): 1, account(2): 1}
    await world.score(2, 5, guild=GUILD)

    shards = (await world.rankings(1, guild=GUILD))["leaderboards"]

    assert [(shard["guildId"], len(shard["topScores"])) for shard in shards] == [(None, 1), (GUILD, 2)]


@pytest.mark.parametrize("mood", [Mood.WELL, Mood.BROKEN], ids=["a stranger", "an outage"])
async def test_10_4_a_view_without_a_known_membership_leaves_the_guild_out(
    world: World, store: Store, guilds: GuildStandIn, mood: Mood
) -> None:
    """Line 10.4."""
    await world.define(board_b(BOARD))
    guilds.guilds[GUILD] = {account(2): 1}
    guilds.mood = mood

    shards = (await world.rankings(1, guild=GUILD))["leaderboards"]

    assert [shard["guildId"] for shard in shards] == [None]
    assert store["shards"].count_documents({"guild_id": GUILD}) == 0


@pytest.mark.parametrize("unit", [1, 1000], ids=["seconds", "milliseconds"])
async def test_10_5_nobody_scores_before_the_start(world: World, store: Store, unit: int) -> None:
    """Line 10.5."""
    await world.define(a_definition(startTime=(int(time.time()) + 3600) * unit))
    before = fingerprint(store)

    answer = await world.send(1, 5)

    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/leaderboard-not-started")
    assert fingerprint(store) == before


async def test_10_5_an_unknown_leaderboard_enrolls_nobody(world: World, store: Store) -> None:
    """Line 10.5."""
    before = fingerprint(store)

    answer = await world.send(1, 5, "nope")

    assert (answer.status_code, answer.json()["type"]) == (404, "/problems/unknown-leaderboard")
    assert fingerprint(store) == before


async def test_10_6_a_tier_that_is_gone_is_lowered_to_the_highest_there_is(world: World) -> None:
    """Line 10.6."""
    await world.define(a_board(tiers=6))
    await world.set_tier(1, 5)
    await world.define(a_board(tiers=2), idsToDelete=[BOARD])

    answer = await world.score(1, 9)

    assert (answer["tier"], answer["score"]) == (1, 9)
    assert (await world.enrollment(1))["tier"] == 1


async def test_10_7_equal_scores_share_a_rank_and_the_earlier_stands_first(world: World) -> None:
    """Line 10.7."""
    await world.define(board_b(BOARD))
    for number, score in {1: 80, 2: 90, 3: 100, 4: 90, 5: 90}.items():
        await world.score(number, score)

    lines = (await world.view(1))["topScores"]

    assert [(line["rank"], line["score"]) for line in lines] == [
        (1, 100),
        (2, 90),
        (2, 90),
        (2, 90),
        (5, 80),
    ]
    assert [line["accountId"] for line in lines[1:4]] == [account(2), account(4), account(5)]


@pytest.mark.parametrize(
    ("place", "first", "last"), [(150, 125, 174), (3, 1, 50), (300, 275, 300)], ids=["middle", "top", "end"]
)
async def test_10_7_nearby_lines_begin_25_above_the_caller(
    world: World, place: int, first: int, last: int
) -> None:
    """Line 10.7."""
    await world.define(a_board())
    await world.scores({number: 1000 - number for number in range(1, 301)})

    view = await world.view(place)

    assert [line["rank"] for line in view["nearbyScores"]] == list(range(first, last + 1))
    assert [line["rank"] for line in view["topScores"]] == list(range(1, 51))


@pytest.mark.parametrize(("players", "whole"), [(199, True), (200, False)])
async def test_10_7_only_fewer_than_200_lines_are_shown_whole(
    world: World, players: int, *, whole: bool
) -> None:
    """Line 10.7."""
    await world.define(a_board())
    await world.scores({number: number for number in range(1, players + 1)})

    view = await world.view(1)

    assert ("allScores" in view, len(view.get("allScores", []))) == (whole, players if whole else 0)


async def test_10_8_looking_at_two_leaderboards_enrolls_in_both(world: World) -> None:
    """Line 10.8."""
    await world.define(a_board("b"), a_board("a"))

    seen = await world.rankings(1, "a", "b")

    assert [(record["leaderboardId"], record["isActive"]) for record in seen["enrollments"]] == [
        ("a", False),
        ("b", False),
    ]
    assert [
        (shard["leaderboardId"], [(line["accountId"], line["score"]) for line in shard["allScores"]])
        for shard in seen["leaderboards"]
    ] == [("a", [(account(1), 0)]), ("b", [(account(1), 0)])]
