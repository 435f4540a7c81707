"""What a player's archives show, whatever the size of shards and the length of histories."""

import random
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from archive_builders import a_guild_archive, an_archive, ended
from definition_builders import a_definition, a_tier_rule
from game_driver import Driver, ranking, seen_by, told
from game_world import BOARD, Json, Store, a_board, account
from query_plans import most_entries_read

from app.aggregations.archives import newest_archives
from app.game.archives.of_players import PlayerArchive, read_archives
from app.kit.clock import utc_now

pytest_plugins = ["game_fixtures"]


async def archives_of(driver: Driver, number: int, count: int = 50) -> list[PlayerArchive]:
    """What one player looks back at."""
    await driver.define(a_board())
    return await read_archives(
        driver.game.leaderboards, account(number), BOARD, count=count, ended_after=ended(60)
    )


async def ids_of(driver: Driver, number: int, count: int = 50) -> list[str]:
    return [archive.shard.archive_id for archive in await archives_of(driver, number, count)]


def tied(players: int, seed: int) -> list[tuple[int, int]]:
    """Scores of which most are shared by several players."""
    draw = random.Random(seed)
    return [(number, draw.randint(0, players // 4)) for number in draw.sample(range(1, players + 1), players)]


@contextmanager
def questions(store: Store) -> Iterator[list[Json]]:
    """What MongoDB is asked meanwhile."""
    asked: list[Json] = []
    store.command({"profile": 2})
    try:
        yield asked
    finally:
        store.command({"profile": 0})
        asked += list(store["system.profile"].find({"ns": {"$not": {"$regex": "system"}}}))
        store["system.profile"].drop()


@pytest.mark.parametrize("players", [1, 2, 49, 50, 51, 199, 200, 300])
async def test_every_player_sees_what_the_whole_ranking_says(
    driver: Driver, store: Store, players: int
) -> None:
    archive_id = an_archive(store, tied(players, seed=players))
    lines = ranking(store, archive_id)
    places = sorted(
        {0, 1, 24, 25, 26, 49, 50, 149, players // 2, players - 2, players - 1} & {*range(players)}
    )
    callers = [int(lines[place].account_id, 16) for place in places]

    seen = [[told(archive.view) for archive in await archives_of(driver, number)] for number in callers]

    assert seen == [[seen_by(account(number), lines)] for number in callers]


async def test_many_archives_of_any_size_are_seen_at_once(driver: Driver, store: Store) -> None:
    sizes = [3, 250, 199, 200, 7, 260]
    made = [
        an_archive(store, tied(players, seed=players), cycle=cycle)
        for cycle, players in enumerate(sizes, start=1)
    ]

    archives = await archives_of(driver, 1)

    assert [told(archive.view) for archive in archives] == [
        seen_by(account(1), ranking(store, archive_id)) for archive_id in reversed(made)
    ]


async def test_the_newest_come_first_and_no_more_than_asked_for(driver: Driver, store: Store) -> None:
    made = [an_archive(store, cycle=cycle, ended_at=ended(20 - cycle)) for cycle in range(1, 16)]

    assert await ids_of(driver, 1, count=3) == made[:-4:-1]


async def test_of_one_cycle_the_public_shard_comes_before_the_guild_s(driver: Driver, store: Store) -> None:
    guild = a_guild_archive(store, {1: 5}, members=[1])
    public = an_archive(store)

    assert await ids_of(driver, 1) == [public, guild]


async def test_only_shards_the_player_took_part_in_are_shown(driver: Driver, store: Store) -> None:
    an_archive(store, {1: 5, 2: 6})

    assert await ids_of(driver, 3) == []


async def test_a_barred_player_does_not_see_the_archive(driver: Driver, store: Store) -> None:
    an_archive(store, {1: 5, 2: 6})
    store["entries"].update_one({"account_id": account(1)}, {"$set": {"state": "disqualified"}})

    assert await ids_of(driver, 1) == []


async def test_another_leaderboard_s_archives_are_left_out(driver: Driver, store: Store) -> None:
    an_archive(store, definition=a_definition(leaderboardId="other"), leaderboard_id="other")

    assert await ids_of(driver, 1) == []


async def test_a_shard_that_is_ranked_but_not_archived_is_left_out(driver: Driver, store: Store) -> None:
    archived = an_archive(store, cycle=1)
    ranked = an_archive(store, cycle=2)
    store["shards"].update_one({"_id": ranked}, {"$set": {"stage": "ranked"}, "$unset": {"archive": ""}})

    assert await ids_of(driver, 1) == [archived]


async def test_an_archive_past_its_retention_is_left_out_before_it_is_swept(
    driver: Driver, store: Store
) -> None:
    an_archive(store, cycle=1, ended_at=ended(60.01))
    kept = an_archive(store, cycle=2, ended_at=ended(59.99))

    assert await ids_of(driver, 1) == [kept]


async def test_fifty_archives_take_as_many_questions_as_one(driver: Driver, store: Store) -> None:
    for cycle in range(1, 51):
        an_archive(store, tied(210 if cycle % 2 else 5, seed=cycle), cycle=cycle)
    await driver.define(a_board())
    asked = {}
    for count in (1, 50):
        with questions(store) as asked[count]:
            await archives_of(driver, 1, count)

    assert len(of_archives(asked[50])) == len(of_archives(asked[1])) == 5


def of_archives(asked: list[Json]) -> list[Json]:
    """The questions about archives, without those of defining and remembering the leaderboard."""
    about = {"entries", "rollovers", "grants"}
    commands = [question["command"] for question in asked]
    return [
        command
        for command in commands
        if about & {command.get(kind) for kind in ("aggregate", "find", "distinct")}
    ]


async def test_a_long_history_is_not_read_for_its_newest_part(driver: Driver, store: Store) -> None:
    for cycle in range(1, 101):
        an_archive(store, cycle=cycle)
    await driver.define(a_board())
    wanted = newest_archives(account(1), BOARD, ended_after=ended(60), count=1)

    assert most_entries_read(store, wanted) <= 21


async def test_what_a_rollover_did_is_what_its_archives_say(driver: Driver, store: Store) -> None:
    rules = [
        a_tier_rule(0, promotionRank=3, playersPerShard=7),
        a_tier_rule(1, promotionPercentage=20, demotionPercentage=30, playersPerShard=9),
        a_tier_rule(2, demotionRank=4, playersPerShard=8),
    ]
    await driver.define(a_definition(tierCount=3, tierRules=rules))
    draw = random.Random(5)
    for number in range(1, 41):
        await driver.view(number)
        store["enrollments"].update_one({"account_id": account(number)}, {"$set": {"tier": number % 3}})
    await driver.define(a_definition(tierCount=3, tierRules=rules), delete=(BOARD,))
    for number in range(1, 41):
        await (driver.view(number) if number % 5 == 0 else driver.add(number, draw.choice([-1, 1, 2, 3, 9])))

    run = await driver.game.rollovers.begin(BOARD, actor="test", now=utc_now())
    await driver.game.rollovers.run(run["_id"])

    shown = {}
    for number in range(1, 41):
        (archive,) = await read_archives(
            driver.game.leaderboards, account(number), BOARD, count=50, ended_after=ended(60)
        )
        assert archive.move is not None
        shown[account(number)] = archive.move.before, archive.move.after, int(archive.move.status)
    assert shown == {
        row["account_id"]: (int(row["account_id"], 16) % 3, row["tier"], row["promotion_status"])
        for row in store["enrollments"].find()
    }
