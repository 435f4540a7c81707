"""What administrators watch, and the routes that are theirs alone."""

import pytest
from conftest import SettingsFactory
from game_world import BOARD, Store, World, a_board, account, fingerprint, problem_of, scores_of

from app.settings import Settings

pytest_plugins = ["game_fixtures"]


async def test_shard_stats_count_players_per_shard(world: World) -> None:
    await world.define(a_board(players=2, tiers=2))
    await world.scores({1: 10, 2: 20, 3: 30})
    await world.rankings(4)
    await world.rankings(5)
    await world.set_tier(5, 1)

    assert (await world.ask_admin("shardStats"))["stats"] == [
        {
            "leaderboardId": BOARD,
            "tier": 0,
            "totalShards": 3,
            "playerCounts": [2, 2, 0],
            "activePlayers": 3,
            "rolloversRemaining": -1,
        },
        {
            "leaderboardId": BOARD,
            "tier": 1,
            "totalShards": 1,
            "playerCounts": [1],
            "activePlayers": 0,
            "rolloversRemaining": -1,
        },
    ]


async def test_the_top_shard_shows_the_best_lines_of_the_first(world: World) -> None:
    await world.define(a_board(players=3))
    for number in range(1, 6):
        await world.score(number, 10 * number)

    shown = await world.ask_admin("topShard", leaderboardId=BOARD, limit=2)

    assert scores_of(shown["topScores"]) == [(1, 3, 30), (2, 2, 20)]


async def test_a_tier_nobody_is_in_has_no_top_shard(world: World) -> None:
    await world.define(a_board())

    shown = await world.ask_admin("topShard", leaderboardId=BOARD)

    assert (shown["shardId"], shown["topScores"]) == (None, [])


async def test_every_change_leaves_a_record(world: World) -> None:
    await world.define(a_board(tiers=2))
    await world.score(1, 5)
    await world.set_tier(1, 1)
    await world.do_admin(
        "PATCH", "scores", leaderboardId=BOARD, scores=[{"accountId": account(1), "score": 1}]
    )
    await world.disqualify(1, leaderboardId=BOARD)
    await world.do_admin("DELETE", "disqualify", accountId=account(1), leaderboardId=BOARD)
    await world.do_admin("POST", "mockScores", leaderboardId=BOARD, userCount=1)
    await world.define(a_board(tiers=3))
    await world.define(idsToDelete=[BOARD])

    records = (await world.ask_admin("audit", leaderboardId=BOARD))["records"]

    assert [record["action"] for record in reversed(records)] == [
        "leaderboard.created",
        "enrollment.tier_set",
        "scores.set",
        "account.disqualified",
        "account.reinstated",
        "scores.mocked",
        "leaderboard.updated",
        "leaderboard.deleted",
    ]
    assert {record["actor"] for record in records} == {account(0xA)}


async def test_made_up_players_are_entered(world: World, store: Store) -> None:
    await world.define(a_board())

    answer = await world.do_admin(
        "POST", "mockScores", leaderboardId=BOARD, userCount=40, minScore=5, maxScore=9
    )

    entries = list(store["entries"].find())
    assert sorted(answer.json()["accountIds"]) == sorted(entry["account_id"] for entry in entries)
    assert {entry["score"] for entry in entries} <= set(range(5, 10))


class TestInProduction:
    """The same service where players are."""

    @pytest.fixture
    def settings(self, settings_for: SettingsFactory) -> Settings:
        return settings_for(environment="production")

    async def test_nobody_is_made_up(self, world: World, store: Store) -> None:
        await world.define(a_board())
        before = fingerprint(store)

        answer = await world.do_admin("POST", "mockScores", leaderboardId=BOARD, userCount=1)

        assert (problem_of(answer), fingerprint(store)) == ((403, "not-in-production"), before)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "list"),
        ("POST", "update"),
        ("PATCH", "update"),
        ("GET", "leaderboards/arena"),
        ("GET", "shardStats"),
        ("GET", "topShard"),
        ("GET", "audit"),
        ("PATCH", "scores"),
        ("GET", "enrollments"),
        ("PATCH", "enrollment"),
        ("POST", "disqualify"),
        ("DELETE", "disqualify"),
        ("POST", "mockScores"),
    ],
)
async def test_admin_routes_are_for_administrators(world: World, method: str, path: str) -> None:
    answers = [
        await world.http.request(method, f"/leaderboard/admin/{path}", headers=headers)
        for headers in (world.player(), world.service(), {})
    ]

    assert [answer.status_code for answer in answers] == [403, 403, 401]
