"""Leaderboards defined, changed and deleted by administrators."""

import httpx
from definition_builders import a_definition, a_tier_rule
from game_world import BOARD, Store, World, a_board, fingerprint, problem_of, scores_of

pytest_plugins = ["game_fixtures"]


async def test_an_update_says_what_it_created_and_updated(world: World) -> None:
    await world.define(a_board("a"))

    done = await world.define(a_board("a", players=5), a_board("b"), idsToDelete=["c"])

    assert done == {"success": True, "deleted": 0, "created": ["b"], "updated": ["a"]}


async def test_one_definition_may_come_alone(world: World) -> None:
    answer = await world.do_admin("PATCH", "update", leaderboard=a_board())

    assert (answer.status_code, answer.json()["created"]) == (200, [BOARD])


async def test_leaderboards_are_listed_in_order(world: World) -> None:
    await world.define(*(a_board(name) for name in ("zoo", "arena", "maze")))

    assert (await world.ask_admin("list"))["leaderboardIds"] == ["arena", "maze", "zoo"]


async def test_a_second_of_three_that_is_invalid_changes_nothing(world: World, store: Store) -> None:
    await world.define(a_board("old"))
    before = fingerprint(store)

    answer = await world.do_admin(
        "POST",
        "update",
        leaderboards=[a_board("a"), a_board("b") | {"tierCount": 0, "title": ""}, a_board("c")],
        idsToDelete=["old"],
    )

    pointers = {fault["pointer"] for fault in answer.json()["errors"]}
    assert problem_of(answer) == (422, "invalid-definition")
    assert {"/leaderboards/1/tierCount", "/leaderboards/1/title"} <= pointers
    assert fingerprint(store) == before


async def test_a_tier_with_players_keeps_its_rule(world: World, store: Store) -> None:
    await world.define(a_board(tiers=2))
    await world.set_tier(1, 1)
    before = fingerprint(store)

    answer = await world.do_admin("POST", "update", leaderboards=[a_board("new"), a_board(tiers=1)])

    assert (problem_of(answer), fingerprint(store)) == ((409, "tier-in-use"), before)


async def test_deleting_and_defining_starts_over_without_a_rollover(world: World, store: Store) -> None:
    await world.define(a_board())
    await world.scores({1: 10, 2: 20})

    done = await world.define(a_board(), idsToDelete=[BOARD])

    view = await world.view(3)
    assert (done["deleted"], done["created"]) == (1, [BOARD])
    assert (view["cycle"], scores_of(view["allScores"])) == (2, [(1, 3, 0)])
    assert store["entries"].count_documents({"cycle": 1}) == 0


async def test_a_deleted_leaderboard_is_unknown(world: World) -> None:
    await world.define(a_board())
    await world.score(1, 5)

    await world.define(idsToDelete=[BOARD])

    assert problem_of(await world.send(1, 5)) == (404, "unknown-leaderboard")
    assert (await world.ask_admin("list"))["leaderboardIds"] == []


async def test_a_new_limit_holds_at_once(world: World, store: Store) -> None:
    await world.define(a_board(players=1))
    await world.score(1, 5)

    await world.define(a_board(players=3))
    await world.scores({2: 5, 3: 5, 4: 5})

    assert sorted(shard["seats"] for shard in store["shards"].find()) == [1, 3]


async def test_the_version_read_may_be_written(world: World) -> None:
    await world.define(a_board())
    etag = await an_etag(world)

    assert (await updated_if(world, etag)).status_code == 200


async def test_a_version_that_was_overtaken_is_stale(world: World, store: Store) -> None:
    await world.define(a_board())
    etag = await an_etag(world)
    await world.define(a_board(players=5))
    before = fingerprint(store)

    answer = await updated_if(world, etag)

    assert (problem_of(answer), fingerprint(store)) == ((412, "definition-changed"), before)


async def an_etag(world: World) -> str:
    answer = await world.http.get(f"/leaderboard/admin/leaderboards/{BOARD}", headers=world.admin())
    return answer.headers["etag"]


async def updated_if(world: World, etag: str) -> httpx.Response:
    return await world.http.post(
        "/leaderboard/admin/update",
        json={"leaderboard": a_board(players=9)},
        headers=world.admin() | {"If-Match": etag},
    )


async def test_a_definition_comes_back_as_it_was_posted(world: World) -> None:
    posted = a_definition(
        leaderboardId=BOARD, timeZone="Europe/Zurich", tierRules=[a_tier_rule(playersPerShard=50)]
    )
    await world.define(posted)

    shown = await world.ask_admin(f"leaderboards/{BOARD}")

    assert shown["definition"] == posted
    assert (shown["rulesVersion"], shown["cycle"], shown["state"]) == (1, 1, "open")


async def test_a_leaderboard_says_when_it_closes_next(world: World) -> None:
    await world.define(a_board())

    shown = await world.ask_admin(f"leaderboards/{BOARD}")

    assert [text[10:] for text in shown["nextRollovers"]] == ["T02:00:00Z"] * 5
    assert shown["nextRollovers"] == sorted(set(shown["nextRollovers"]))
    assert shown["closesAt"] % 86_400_000 == 2 * 3_600_000


async def test_a_leaderboard_rolled_over_by_hand_never_closes_by_itself(world: World) -> None:
    await world.define(a_board() | {"rolloverType": 5})
    await world.score(1, 5)

    shown = await world.ask_admin(f"leaderboards/{BOARD}")

    assert (shown["closesAt"], shown["nextRollovers"]) == (None, [])
    assert (await world.view(1))["closesAt"] is None


async def test_an_update_does_not_move_the_end_of_the_running_cycle(world: World) -> None:
    await world.define(a_board())
    before = (await world.ask_admin(f"leaderboards/{BOARD}"))["closesAt"]

    await world.define(a_board() | {"rolloverType": 4})

    assert (await world.ask_admin(f"leaderboards/{BOARD}"))["closesAt"] == before


async def test_an_unknown_leaderboard_cannot_be_shown(world: World) -> None:
    answer = await world.http.get("/leaderboard/admin/leaderboards/nope", headers=world.admin())

    assert problem_of(answer) == (404, "unknown-leaderboard")
