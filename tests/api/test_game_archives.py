"""Archives over HTTP: a player's own, and any for administrators."""

from typing import Any

import pytest
from archive_builders import NOTE, RULES_VERSION, a_guild_archive, an_archive, ended, won
from definition_builders import a_definition, a_tier_rule
from game_world import BOARD, GUILD, Json, Store, World, a_board, account, fingerprint, problem_of

from app.kit.clock import to_millis
from app.routers.schemas.archives import ArchiveOut, PlayerArchivesOut

pytest_plugins = ["game_fixtures"]

UNCHANGED, DEMOTED, PROMOTED = 0, 1, 2
#: The best two of a shard go up, from the fourth on they go down.
TIERS = a_definition(
    tierCount=3, tierRules=[a_tier_rule(tier, promotionRank=2, demotionRank=4) for tier in range(3)]
)


@pytest.fixture(autouse=True)
async def _board(world: World) -> None:
    await world.define(a_board(tiers=3))


async def look_back(world: World, number: int, **more: Any) -> list[Json]:
    """A player's archives."""
    answer = await world.http.get(
        "/leaderboard/archive", params={"leaderboardId": BOARD} | more, headers=world.player(account(number))
    )
    assert answer.status_code == 200, answer.text
    return list(answer.json()["leaderboards"])


async def the_archive(world: World, number: int) -> Json:
    """A player's only archive."""
    (archive,) = await look_back(world, number, count=50)
    return dict(archive)


async def test_10_22_the_newest_archives_come_first_as_many_as_asked_for(world: World, store: Store) -> None:
    """Line 10.22."""
    made = [an_archive(store, cycle=cycle, ended_at=ended(13 - cycle)) for cycle in range(1, 13)]

    shown = await look_back(world, 1, count=2)

    assert [archive["id"] for archive in shown] == [made[11], made[10]]


async def test_10_22_a_count_of_nothing_is_refused(world: World, store: Store) -> None:
    """Line 10.22."""
    an_archive(store)

    answer = await world.http.get(
        "/leaderboard/archive",
        params={"leaderboardId": BOARD, "count": 0},
        headers=world.player(account(1)),
    )

    assert problem_of(answer) == (422, "invalid-request")


async def test_only_the_newest_is_shown_unless_asked_otherwise(world: World, store: Store) -> None:
    an_archive(store, cycle=1)
    newest = an_archive(store, cycle=2)

    assert [archive["id"] for archive in await look_back(world, 1)] == [newest]


async def test_whoever_took_part_in_nothing_has_no_archives(world: World) -> None:
    answer = await world.http.get(
        "/leaderboard/archive", params={"leaderboardId": BOARD}, headers=world.player(account(1))
    )

    assert answer.json() == {"success": True, "leaderboards": []}


async def test_an_archive_says_how_the_shard_ended(world: World, store: Store) -> None:
    at = ended(3)
    archive_id = an_archive(
        store, [(2, 30), (1, 20), (3, 20)], cycle=7, ended_at=at, definition=TIERS, tier=1
    )
    entry = store["entries"].find_one({"account_id": account(1)})
    assert entry is not None

    archive = await the_archive(world, 1)

    first = entry["last_updated"] - 1
    lines = [
        {"rank": rank, "accountId": account(number), "score": score, "lastUpdated": first + place}
        for place, (rank, number, score) in enumerate([(1, 2, 30), (2, 1, 20), (2, 3, 20)])
    ]
    assert archive == {
        "id": archive_id,
        "shardId": archive_id,
        "tier": 1,
        "leaderboardId": BOARD,
        "guildId": None,
        "cycle": 7,
        "startedAt": to_millis(at) - 86_400_000,
        "endedAt": to_millis(at),
        "closesAt": to_millis(at),
        "rolloversRemaining": 4,
        "title": "Arena",
        "players": 3,
        "rulesVersion": RULES_VERSION,
        "allScores": lines,
        "nearbyScores": lines,
        "topScores": lines,
        "reward": None,
        "tierMove": {"from": 1, "to": 2, "promotionStatus": PROMOTED},
    }


async def test_an_archive_of_200_is_not_shown_whole(world: World, store: Store) -> None:
    an_archive(store, {number: 1_000 - number for number in range(1, 201)})

    archive = await the_archive(world, 100)

    assert "allScores" not in archive
    assert [line["rank"] for line in archive["nearbyScores"]] == list(range(75, 125))
    assert [line["rank"] for line in archive["topScores"]] == list(range(1, 51))


async def test_archives_have_the_documented_shape(world: World, store: Store) -> None:
    won(store, an_archive(store, {1: 3, 2: 4}), 1)
    a_guild_archive(store, {1: 5}, members=[1])

    answer = await world.http.get(
        "/leaderboard/archive",
        params={"leaderboardId": BOARD, "count": 50},
        headers=world.player(account(1)),
    )

    documented = PlayerArchivesOut.model_validate(answer.json(), by_alias=True)
    assert documented.model_dump(mode="json", by_alias=True, exclude_unset=True) == answer.json()


async def test_a_service_looks_back_for_the_account_it_names(world: World, store: Store) -> None:
    archive_id = an_archive(store)

    answer = await world.http.get(
        "/leaderboard/archive",
        params={"leaderboardId": BOARD, "accountId": account(1)},
        headers=world.service(account(9)),
    )

    assert [archive["id"] for archive in answer.json()["leaderboards"]] == [archive_id]


async def test_an_unknown_leaderboard_has_no_archives(world: World, store: Store) -> None:
    before = fingerprint(store)

    answer = await world.http.get(
        "/leaderboard/archive", params={"leaderboardId": "nope"}, headers=world.player(account(1))
    )

    assert (problem_of(answer), fingerprint(store)) == ((404, "unknown-leaderboard"), before)


# Rewards


async def test_a_winner_sees_the_reward(world: World, store: Store) -> None:
    won(store, an_archive(store, {1: 3, 2: 4}), 1)

    assert (await the_archive(world, 1))["reward"] == {
        "subject": "Well played",
        "body": "Here is your reward.",
        "banner": None,
        "icon": "coins.png",
        "attachments": [{"type": "currency", "rewardId": "coins", "quantity": 100}],
        "sent": True,
    }


async def test_a_reward_on_its_way_is_not_yet_sent(world: World, store: Store) -> None:
    won(store, an_archive(store), 1, status="owed", sent_at=None)

    assert (await the_archive(world, 1))["reward"]["sent"] is False


async def test_another_player_s_reward_is_not_shown(world: World, store: Store) -> None:
    won(store, an_archive(store, {1: 3, 2: 4}), 2)

    assert (await the_archive(world, 1))["reward"] is None


async def test_nobody_sees_an_internal_note(world: World, store: Store) -> None:
    won(store, an_archive(store), 1)

    assert NOTE not in str(await the_archive(world, 1))


# Where players went

MOVES: dict[str, tuple[int, int, tuple[int, int]]] = {
    "the best of tier 0": (0, 1, (1, PROMOTED)),
    "the third of tier 0": (0, 3, (0, UNCHANGED)),
    "the last of tier 0": (0, 5, (0, UNCHANGED)),
    "the second of tier 1": (1, 2, (2, PROMOTED)),
    "the third of tier 1": (1, 3, (1, UNCHANGED)),
    "the fourth of tier 1": (1, 4, (0, DEMOTED)),
    "the best of the top tier": (2, 1, (2, UNCHANGED)),
    "the last of the top tier": (2, 5, (1, DEMOTED)),
}


@pytest.mark.parametrize(("tier", "number", "moved"), MOVES.values(), ids=MOVES)
async def test_a_rank_moves_by_the_rules_of_its_time(
    world: World, store: Store, tier: int, number: int, moved: tuple[int, int]
) -> None:
    an_archive(store, {one: 60 - one for one in range(1, 6)}, definition=TIERS, tier=tier)

    move = (await the_archive(world, number))["tierMove"]

    assert (move["from"], move["to"], move["promotionStatus"]) == (tier, *moved)


def idle_in(store: Store, tier: int, *, players: int) -> None:
    """An archive whose third player only looked, and whose demotion zone begins at four."""
    points = [(number, 0 if number == 3 else 60 - number) for number in (1, 2, 4, 5, 3)][-players:]
    an_archive(store, points, definition=TIERS, tier=tier, untouched=[3])


@pytest.mark.parametrize(("tier", "players", "left_in"), [(2, 3, 1), (2, 5, 1), (1, 5, 0), (0, 5, 0)])
async def test_whoever_only_looked_goes_down_by_one(
    world: World, store: Store, tier: int, players: int, left_in: int
) -> None:
    idle_in(store, tier, players=players)

    assert (await the_archive(world, 3))["tierMove"]["to"] == left_in


async def test_whoever_scored_for_a_guild_was_not_idle(world: World, store: Store) -> None:
    idle_in(store, 2, players=3)
    a_guild_archive(store, {3: 5}, members=[3])

    public, _ = await look_back(world, 3, count=2)

    assert public["tierMove"]["promotionStatus"] == UNCHANGED


async def test_whoever_played_for_nothing_was_not_idle(world: World, store: Store) -> None:
    an_archive(store, [(1, 5), (2, 4), (3, 0)], definition=TIERS, tier=2)

    assert (await the_archive(world, 3))["tierMove"]["promotionStatus"] == UNCHANGED


async def test_a_guild_s_shard_moves_nobody(world: World, store: Store) -> None:
    a_guild_archive(store, {1: 5}, members=[1])

    archive = await the_archive(world, 1)

    assert (archive["guildId"], archive["tierMove"]) == (GUILD, None)


async def test_where_a_rollover_is_no_longer_on_record_its_moves_are_not_either(
    world: World, store: Store
) -> None:
    an_archive(store)
    store["rollovers"].delete_many({})

    archive = await the_archive(world, 1)

    assert (archive["tierMove"], archive["rolloversRemaining"]) == (None, None)


# Administrators


async def test_an_administrator_sees_any_archive(world: World, store: Store) -> None:
    at = ended(3)
    archive_id = an_archive(store, {1: 3, 2: 4}, ended_at=at)
    run = store["rollovers"].find_one()
    assert run is not None

    archive = await world.ask_admin("archive", id=archive_id)

    lines = archive.pop("topScores")
    assert [(line["rank"], line["accountId"], line["score"]) for line in lines] == [
        (1, account(2), 4),
        (2, account(1), 3),
    ]
    assert archive == {
        "id": archive_id,
        "tier": 0,
        "leaderboardId": BOARD,
        "guildId": None,
        "cycle": 1,
        "startedAt": to_millis(at) - 86_400_000,
        "endedAt": to_millis(at),
        "title": "Arena",
        "players": 2,
        "rulesVersion": RULES_VERSION,
        "runId": run["_id"],
        "members": None,
    }


async def test_a_guild_s_archive_says_who_still_belonged_to_it(world: World, store: Store) -> None:
    archive_id = a_guild_archive(store, {1: 5, 2: 4, 3: 3}, members=[1, 3])

    archive = await world.ask_admin("archive", id=archive_id)

    assert (archive["members"], archive["players"]) == ([account(1), account(3)], 3)


async def test_an_administrator_may_ask_for_the_best_lines_only(world: World, store: Store) -> None:
    archive_id = an_archive(store, {number: 60 - number for number in range(1, 51)})

    archive = await world.ask_admin("archive", id=archive_id, limit=3)

    assert ([line["rank"] for line in archive["topScores"]], archive["players"]) == ([1, 2, 3], 50)


async def test_an_archive_for_administrators_has_the_documented_shape(world: World, store: Store) -> None:
    archive = await world.ask_admin("archive", id=a_guild_archive(store, {1: 5}, members=[1]))

    documented = ArchiveOut.model_validate(archive, by_alias=True)
    assert documented.model_dump(mode="json", by_alias=True) == archive


async def ask_for(world: World, archive_id: str) -> tuple[int, str]:
    """How an administrator's question about an archive is refused."""
    return problem_of(
        await world.http.get("/leaderboard/admin/archive", params={"id": archive_id}, headers=world.admin())
    )


async def test_an_unknown_archive_is_not_found(world: World) -> None:
    assert await ask_for(world, account(1)) == (404, "unknown-archive")


async def test_a_shard_that_goes_on_is_no_archive(world: World) -> None:
    entry = await world.score(1, 5)

    assert await ask_for(world, entry["shardId"]) == (404, "unknown-archive")


async def test_an_archive_past_its_retention_is_not_found(world: World, store: Store) -> None:
    assert await ask_for(world, an_archive(store, ended_at=ended(60.01))) == (404, "unknown-archive")
