"""Players barred and corrected by administrators."""

import pytest
from game_world import BOARD, Store, World, a_board, account, fingerprint, problem_of, scores_of

pytest_plugins = ["game_fixtures"]


async def test_a_disqualified_account_scores_no_more(world: World, store: Store) -> None:
    await world.define(a_board())
    await world.score(1, 5)
    await world.disqualify(1, leaderboardId=BOARD)
    before = fingerprint(store)

    answers = [await world.send(1, score) for score in (5, 0)]

    assert [problem_of(answer) for answer in answers] == [(403, "account-disqualified")] * 2
    assert fingerprint(store) == before


async def test_ranks_close_up_over_a_disqualified_account(world: World) -> None:
    await world.define(a_board())
    await world.scores({1: 10, 2: 20, 3: 30})

    await world.disqualify(2)

    view = await world.view(1)
    assert [scores_of(view[name]) for name in ("allScores", "topScores", "nearbyScores")] == [
        [(1, 3, 30), (2, 1, 10)]
    ] * 3


async def test_a_disqualified_account_sees_no_shard(world: World) -> None:
    await world.define(a_board())
    await world.score(1, 5)

    await world.disqualify(1)

    assert (await world.rankings(1))["leaderboards"] == []


async def test_an_account_barred_from_one_leaderboard_scores_on_others(world: World) -> None:
    await world.define(a_board("a"), a_board("b"))
    await world.disqualify(1, leaderboardId="a")

    assert [(await world.send(1, 5, board)).status_code for board in "ab"] == [403, 204]


async def test_an_undone_disqualification_leaves_the_line_as_it_was(world: World) -> None:
    await world.define(a_board())
    await world.scores({1: 10, 2: 20, 3: 30})
    before = await world.view(1)
    await world.disqualify(2)

    await world.do_admin("DELETE", "disqualify", accountId=account(2))

    assert await world.view(1) == before
    assert (await world.score(2, 5))["score"] == 25


async def test_an_account_barred_everywhere_and_here_stays_barred_when_one_is_undone(world: World) -> None:
    await world.define(a_board())
    await world.score(1, 5)
    await world.disqualify(1)
    await world.disqualify(1, leaderboardId=BOARD)

    await world.do_admin("DELETE", "disqualify", accountId=account(1))

    assert (await world.send(1, 5)).status_code == 403


async def test_a_disqualification_can_be_undone_by_query(world: World) -> None:
    await world.define(a_board())
    await world.disqualify(1)

    answer = await world.http.delete(
        "/leaderboard/admin/disqualify", params={"accountId": account(1)}, headers=world.admin()
    )

    assert (answer.status_code, (await world.send(1, 5)).status_code) == (200, 204)


async def test_nobody_is_barred_from_an_unknown_leaderboard(world: World, store: Store) -> None:
    before = fingerprint(store)

    answer = await world.do_admin(
        "POST", "disqualify", accountId=account(1), leaderboardId="nope", reason="cheating"
    )

    assert (answer.status_code, fingerprint(store)) == (404, before)


async def test_a_player_put_into_a_tier_changes_seats(world: World, store: Store) -> None:
    await world.define(a_board(tiers=2))
    await world.scores({1: 10, 2: 20})

    await world.set_tier(1, 1)

    assert {(shard["tier"], shard["seats"]) for shard in store["shards"].find()} == {(0, 1), (1, 1)}


async def test_a_player_put_into_a_tier_is_seen_there_and_no_longer_here(world: World) -> None:
    await world.define(a_board(tiers=2))
    await world.scores({1: 10, 2: 20})

    await world.set_tier(1, 1)

    views = [await world.view(number) for number in (1, 2)]
    assert [(view["tier"], scores_of(view["allScores"])) for view in views] == [
        (1, [(1, 1, 10)]),
        (0, [(1, 2, 20)]),
    ]


@pytest.mark.parametrize(("score", "active"), [(7, True), (0, False)])
async def test_a_tier_can_be_set_with_a_score(world: World, score: int, *, active: bool) -> None:
    await world.define(a_board(tiers=3))
    await world.score(1, 10)

    record = await world.set_tier(1, 2, score=score)

    assert {
        "tier": 2,
        "seasonalMaxTier": 2,
        "isActive": active,
        "promotionStatus": -1,
    }.items() <= record.items()
    assert (await world.view(1))["allScores"][0]["score"] == score


async def test_a_score_after_a_tier_was_set_lands_in_the_new_shard(world: World) -> None:
    await world.define(a_board(tiers=2))
    before = await world.score(1, 10)
    await world.set_tier(1, 1)

    after = await world.score(1, 5)

    assert (after["tier"], after["score"], after["version"]) == (1, 15, before["version"] + 2)


async def test_a_tier_that_is_not_there_cannot_be_set(world: World, store: Store) -> None:
    await world.define(a_board(tiers=2))
    await world.score(1, 10)
    before = fingerprint(store)

    answer = await world.do_admin("PATCH", "enrollment", accountId=account(1), leaderboardId=BOARD, tier=2)

    assert (answer.status_code, fingerprint(store)) == (422, before)


async def test_scores_are_set_for_entered_players_only(world: World, store: Store) -> None:
    await world.define(a_board())
    await world.scores({1: 10, 2: 20})

    answer = await world.do_admin(
        "PATCH",
        "scores",
        leaderboardId=BOARD,
        scores=[{"accountId": account(number), "score": 7} for number in (1, 3)],
    )

    results = answer.json()["results"]
    assert [(result["status"], result.get("version")) for result in results] == [(204, 2), (404, None)]
    assert store["entries"].count_documents({}) == 2


async def test_a_set_score_is_ranked_at_once(world: World) -> None:
    await world.define(a_board())
    await world.scores({1: 10, 2: 20})

    await world.do_admin(
        "PATCH", "scores", leaderboardId=BOARD, scores=[{"accountId": account(1), "score": 21}]
    )

    assert scores_of((await world.view(2))["topScores"]) == [(1, 1, 21), (2, 2, 20)]


async def test_an_administrator_reads_anybodys_enrollments(world: World) -> None:
    await world.define(a_board())
    await world.score(1, 5)

    shown = await world.ask_admin("enrollments", accountId=account(1))

    assert shown["enrollments"] == await world.enrollments(1)


async def test_an_entry_left_closed_by_a_reinstatement_that_was_cut_off_opens_at_the_next_score(
    world: World, store: Store
) -> None:
    await world.define(a_board())
    await world.score(1, 5)
    store["entries"].update_many({}, {"$set": {"state": "disqualified"}, "$inc": {"version": 1}})

    answer = await world.score(1, 7)

    assert answer["score"] == 12
