"""Rankings, enrollments and notifications over HTTP."""

from definition_builders import seasonal
from game_world import BOARD, Store, World, a_board, account, fingerprint, problem_of, together

pytest_plugins = ["game_fixtures"]


async def test_a_shard_view_says_where_and_until_when(world: World) -> None:
    await world.define(seasonal(leaderboardId=BOARD))
    entry = await world.score(1, 5)
    shown = await world.ask_admin(f"leaderboards/{BOARD}")

    view = await world.view(1)

    line = {"rank": 1, "accountId": account(1), "score": 5, "lastUpdated": entry["lastUpdated"]}
    assert view == {
        "shardId": entry["shardId"],
        "tier": 0,
        "leaderboardId": BOARD,
        "guildId": None,
        "cycle": 1,
        "closesAt": shown["closesAt"],
        "rolloversRemaining": 4,
        "allScores": [line],
        "nearbyScores": [line],
        "topScores": [line],
    }


async def test_a_look_is_no_activity(world: World) -> None:
    await world.define(a_board())

    await world.rankings(1)

    assert not (await world.enrollment(1))["isActive"]


async def test_rankings_of_one_unknown_leaderboard_place_nobody(world: World, store: Store) -> None:
    await world.define(a_board())
    before = fingerprint(store)

    answer = await world.http.get(
        "/leaderboard/rankings",
        params={"leaderboardId": f"{BOARD},nope"},
        headers=world.player(account(1)),
    )

    assert (problem_of(answer), fingerprint(store)) == ((404, "unknown-leaderboard"), before)


async def test_everybody_looking_at_once_is_placed_once(world: World, store: Store) -> None:
    await world.define(a_board(players=10))

    await together(*(world.view(1 + number % 30) for number in range(90)))

    assert [shard["seats"] for shard in store["shards"].find()] == [10, 10, 10]


async def test_a_player_who_left_nothing_has_no_enrollments(world: World) -> None:
    assert await world.enrollments(1) == []


async def test_enrollments_can_be_narrowed_to_leaderboards(world: World) -> None:
    await world.define(*(a_board(name) for name in "abc"))
    await world.rankings(1, "a", "b", "c")

    answer = await world.http.get(
        "/leaderboard/enrollments", params={"leaderboardIds": "c,a"}, headers=world.player(account(1))
    )

    assert [record["leaderboardId"] for record in answer.json()["enrollments"]] == ["a", "c"]


async def test_an_enrollment_says_all_of_its_fields(world: World, store: Store) -> None:
    await world.define(a_board())
    entry = await world.score(1, 5)

    record = await world.enrollment(1)

    (stored,) = store["enrollments"].find()
    assert record == {
        "id": stored["_id"],
        "leaderboardId": BOARD,
        "tier": 0,
        "activeTier": 0,
        "seasonalMaxTier": 0,
        "isActive": True,
        "archives": [],
        "promotionStatus": -1,
        "seasonEnded": False,
        "currentShardId": entry["shardId"],
    }


async def test_a_notification_is_cleared_and_nothing_else(world: World, store: Store) -> None:
    await world.define(a_board("a"), a_board("b"))
    await world.rankings(1, "a", "b")
    store["enrollments"].update_many({}, {"$set": {"promotion_status": 2, "season_ended": True}})
    before = await world.enrollments(1)

    answer = await world.http.delete(
        "/leaderboard/notification", params={"leaderboardId": "a"}, headers=world.player(account(1))
    )

    assert answer.status_code == 204
    assert await world.enrollments(1) == [
        before[0] | {"promotionStatus": -1, "seasonEnded": False},
        before[1],
    ]


async def test_clearing_a_notification_that_is_not_there_is_fine(world: World, store: Store) -> None:
    await world.define(a_board())
    before = fingerprint(store)

    answer = await world.http.delete(
        "/leaderboard/notification", params={"leaderboardId": BOARD}, headers=world.player(account(1))
    )

    assert (answer.status_code, fingerprint(store)) == (204, before)


async def test_the_active_tier_follows_only_after_the_acknowledgement(world: World, store: Store) -> None:
    await world.define(a_board(tiers=2))
    await world.set_tier(1, 1)
    await world.score(1, 5)
    store["enrollments"].update_one({}, {"$set": {"promotion_status": 2, "active_tier": 0}})
    await world.define(a_board(tiers=2), idsToDelete=[BOARD])
    await world.score(1, 5)
    held = (await world.enrollment(1))["activeTier"]

    await world.http.delete(
        "/leaderboard/notification", params={"leaderboardId": BOARD}, headers=world.player(account(1))
    )
    await world.score(1, 5)

    assert (held, (await world.enrollment(1))["activeTier"]) == (0, 1)
