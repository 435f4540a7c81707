"""Scores over HTTP, one and many: what they answer, and what they leave behind."""

from typing import Any

import pytest
from game_world import BOARD, Json, Store, World, a_board, a_key, account, fingerprint, problem_of

pytest_plugins = ["game_fixtures"]


async def test_a_preferred_representation_is_the_entry(world: World, store: Store) -> None:
    await world.define(a_board())

    answer = await world.score(1, 55)

    (entry,) = store["entries"].find()
    assert answer == {
        "leaderboardId": BOARD,
        "shardId": entry["shard_id"],
        "guildId": None,
        "cycle": 1,
        "tier": 0,
        "score": 55,
        "version": 1,
        "rank": 1,
        "lastUpdated": entry["last_updated"],
    }


async def test_a_representation_names_the_rank_among_all(world: World) -> None:
    await world.define(a_board())
    await world.scores({2: 90, 3: 90, 4: 100})

    assert (await world.score(1, 80))["rank"] == 4


async def test_a_score_of_zero_changes_nothing_for_an_entered_player(world: World, store: Store) -> None:
    await world.define(a_board())
    await world.score(1, 5)
    before = fingerprint(store)

    answer = await world.send(1, 0, prefer="return=representation")

    assert (answer.status_code, fingerprint(store)) == (204, before)


async def test_a_service_scores_for_the_account_it_names(world: World, store: Store) -> None:
    await world.define(a_board())
    body = {"score": 5, "leaderboardId": BOARD, "accountId": account(7)}

    await world.http.patch("/leaderboard/score", json=body, headers=world.service("game-server"))

    assert [entry["account_id"] for entry in store["entries"].find()] == [account(7)]


async def test_a_service_has_to_name_an_account(world: World) -> None:
    await world.define(a_board())
    body = {"score": 5, "leaderboardId": BOARD}

    answer = await world.http.patch("/leaderboard/score", json=body, headers=world.service("game-server"))

    assert answer.status_code == 422


async def test_a_player_scores_for_nobody_else(world: World, store: Store) -> None:
    await world.define(a_board())
    before = fingerprint(store)
    body = {"score": 5, "leaderboardId": BOARD, "accountId": account(2)}

    answer = await world.http.patch("/leaderboard/score", json=body, headers=world.player(account(1)))

    assert (problem_of(answer), fingerprint(store)) == ((403, "other-account"), before)


async def test_an_unknown_field_of_a_score_is_ignored(world: World) -> None:
    await world.define(a_board())
    body = {"score": 5, "leaderboardId": BOARD, "mood": "good"}

    answer = await world.http.patch("/leaderboard/score", json=body, headers=world.player(account(1)))

    assert answer.status_code == 204


async def bulk(world: World, *items: Any) -> Json:
    """The answer to many scores."""
    answer = await world.http.patch(
        "/leaderboard/scores", json={"scores": items}, headers=world.service("game-server")
    )
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def an_item(number: int, score: Any = 5, board: str = BOARD, **more: Any) -> Json:
    """One score of many."""
    return {"accountId": account(number), "leaderboardId": board, "score": score} | more


async def test_each_of_many_scores_succeeds_or_fails_by_itself(world: World) -> None:
    await world.define(a_board())
    await world.do_admin("POST", "disqualify", accountId=account(4), reason="cheating")

    answer = await bulk(
        world,
        an_item(1),
        an_item(2, board="nope"),
        an_item(3, "5"),
        an_item(4),
        an_item(5, 0),
        "no object",
        an_item(1, 7),
    )

    assert [result["status"] for result in answer["results"]] == [204, 404, 422, 403, 204, 422, 204]
    assert [result["index"] for result in answer["results"]] == list(range(7))
    assert (answer["applied"], answer["failed"]) == (3, 4)


async def test_a_refused_item_says_why(world: World) -> None:
    await world.define(a_board())

    answer = await bulk(world, an_item(2, board="nope"), an_item(3, "5"))

    assert [result["type"] for result in answer["results"]] == [
        "/problems/unknown-leaderboard",
        "/problems/invalid-request",
    ]
    assert "/scores/1/score" in answer["results"][1]["detail"]


async def test_many_scores_of_one_player_add_up_in_order(world: World) -> None:
    await world.define(a_board())

    answer = await bulk(world, *(an_item(1, score) for score in (5, -9, 3)))

    assert [(result["score"], result["version"]) for result in answer["results"]] == [(5, 1), (0, 2), (3, 3)]


async def test_a_repeated_bulk_request_changes_nothing(world: World, store: Store) -> None:
    await world.define(a_board())
    items = [an_item(number, requestId=a_key()) for number in range(1, 6)]
    first = await bulk(world, *items)
    before = fingerprint(store)

    assert await bulk(world, *items) == first
    assert fingerprint(store) == before


@pytest.mark.parametrize("count", [0, 1001])
async def test_many_scores_are_one_to_a_thousand(world: World, store: Store, count: int) -> None:
    await world.define(a_board())
    before = fingerprint(store)
    items = [an_item(number) for number in range(count)]

    answer = await world.http.patch(
        "/leaderboard/scores", json={"scores": items}, headers=world.service("game-server")
    )

    assert (answer.status_code, fingerprint(store)) == (422, before)


async def test_many_scores_are_for_services(world: World) -> None:
    answer = await world.http.patch(
        "/leaderboard/scores", json={"scores": [an_item(1)]}, headers=world.player(account(1))
    )

    assert answer.status_code == 403
