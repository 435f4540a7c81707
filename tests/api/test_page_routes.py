"""What pages read: leaderboards with zones, who is live, names."""

import httpx
import pytest
from definition_builders import a_definition, a_tier_rule
from game_world import BOARD, World, account
from livestream_world import Live

pytest_plugins = ["game_fixtures", "livestream_fixtures"]

TIERS = [a_tier_rule(tier, promotionRank=2, demotionRank=4) for tier in range(3)]


async def standing(world: World, number: int, **query: str) -> httpx.Response:
    return await world.http.get(
        "/leaderboard/standing",
        params={"leaderboardId": BOARD, **query},
        headers=world.player(account(number)),
    )


async def test_a_standing_says_where_each_line_would_lead(world: World) -> None:
    await world.define(a_definition(leaderboardId=BOARD, tierCount=3, tierRules=TIERS))
    await world.scores({1: 50, 2: 40, 3: 30, 4: 20, 5: 10})
    for number in range(1, 6):
        await world.set_tier(number, 1)
    shown = (await standing(world, 3)).json()

    assert [line["zone"] for line in shown["lines"]] == ["up", "up", "stay", "down", "down"]
    assert (shown["promoteThrough"], shown["demoteFrom"], shown["tier"], shown["tierCount"]) == (2, 4, 1, 3)
    assert (shown["rank"], shown["score"], shown["players"]) == (3, 30, 5)
    assert shown["now"] < shown["closesAt"]


async def test_who_has_no_score_is_not_promoted(world: World) -> None:
    await world.define(a_definition(leaderboardId=BOARD, tierCount=3, tierRules=TIERS))
    shown = (await standing(world, 1)).json()

    assert [line["zone"] for line in shown["lines"]] == ["stay"]


async def test_a_large_shard_shows_the_best_and_those_around_the_player(world: World) -> None:
    await world.define(a_definition(leaderboardId=BOARD))
    await world.scores({number: 1_000 - number for number in range(1, 301)})
    shown = (await standing(world, 200)).json()

    assert (shown["gapAfter"], len(shown["lines"]), shown["players"]) == (50, 100, 300)
    assert [line["rank"] for line in shown["lines"][49:51]] == [50, 175]


async def test_nothing_is_left_out_between_neighbours(world: World) -> None:
    await world.define(a_definition(leaderboardId=BOARD))
    await world.scores({number: 1_000 - number for number in range(1, 301)})
    gaps = [(await standing(world, number)).json()["gapAfter"] for number in (10, 76, 77)]

    assert gaps == [None, None, 50]


async def test_who_is_disqualified_has_no_standing(world: World) -> None:
    await world.define(a_definition(leaderboardId=BOARD))
    await world.scores({1: 50})
    await world.disqualify(1, leaderboardId=BOARD)
    answer = await standing(world, 1)

    assert (answer.status_code, answer.json()["type"]) == (404, "/problems/unknown-enrollment")


@pytest.mark.parametrize(
    "query", [{"leaderboardId": "a,b"}, {"leaderboardId": ""}, {"accountId": "1"}], ids=str
)
async def test_a_standing_of_nothing_sensible_is_refused(world: World, query: dict[str, str]) -> None:
    assert (await standing(world, 1, **query)).status_code == 422


async def test_only_leaderboards_that_have_started_are_listed(world: World) -> None:
    later = a_definition(leaderboardId="later", title="A", startTime=4_000_000_000)
    await world.define(
        a_definition(leaderboardId="b", title="B"), a_definition(leaderboardId="a", title="C"), later
    )
    listed = (await world.http.get("/leaderboard/list", headers=world.player())).json()["leaderboards"]

    assert [(one["leaderboardId"], one["title"]) for one in listed] == [("b", "B"), ("a", "C")]


async def test_sessions_that_are_shown_now_are_listed_the_latest_first(live: Live) -> None:
    for number in (1, 2, 3):
        await live.tell_user(number)
        session = await live.open(number, title=f"Show {number}")
        if number < 3:
            await live.start(session)
    await live.end(await live.open(1))
    await live.start(await live.open(1, title="Again"))
    answer = await live.http.get("/sessions", headers=live.player())

    assert [(one["username"], one["title"]) for one in answer.json()] == [
        ("user-1", "Again"),
        ("user-2", "Show 2"),
    ]
    assert answer.headers["x-total-count"] == "2"


async def test_sessions_are_listed_by_pages(live: Live) -> None:
    for number in (1, 2, 3):
        await live.tell_user(number)
        await live.start(await live.open(number))
    answer = await live.http.get("/sessions", params={"page": 2, "limit": 2}, headers=live.player())

    assert ([one["username"] for one in answer.json()], answer.headers["x-total-count"]) == (["user-1"], "3")


@pytest.mark.parametrize("query", ["page=0", "page=-1", "page=1.5", "limit=0", "limit=101", "limit=%2B5"])
async def test_a_page_of_sessions_that_cannot_be_is_refused(live: Live, query: str) -> None:
    assert (await live.http.get(f"/sessions?{query}", headers=live.player())).status_code == 422


async def test_names_are_told_of_those_who_have_one(live: Live) -> None:
    await live.tell_user(1)
    asked = {"ids": f"{account(1)},{account(2)}"}
    answer = await live.http.get("/usernames", params=asked, headers=live.player())

    assert answer.json() == {"usernames": {account(1): "user-1"}}


@pytest.mark.parametrize(
    "ids", ["", "1", f"{account(1)},", ",".join([account(1)] * 201), account(1).upper() + "G"]
)
async def test_names_of_nothing_sensible_are_refused(live: Live, ids: str) -> None:
    assert (await live.http.get("/usernames", params={"ids": ids}, headers=live.player())).status_code == 422
