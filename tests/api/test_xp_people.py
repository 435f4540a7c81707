"""Who is seen on the XP leaderboard, and who decides that."""

from typing import Any

import pytest
from conftest import HeadersBuilder
from game_world import Json, Store
from xp_world import XpWorld

from app.resources import Resources
from app.xp.cards import CHANGING, STAMP

pytest_plugins = ["game_fixtures", "xp_fixtures"]

ANN = {"name": "Ann", "username": "ann", "global_flag": "ie", "social": {"web": "https://example.org"}}


async def line_of(xp: XpWorld, user_id: int = 1) -> Json:
    (line,) = (user for user in (await xp.board())["users"] if user["user_id"] == user_id)
    return dict(line)


async def toggled(xp: XpWorld, setting: str, user_id: int = 1) -> Json:
    path = f"/api/settings/leaderboard-{setting}"
    answer = await xp.http.post(path, headers=xp.player(str(user_id)))
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def test_a_user_who_shows_everything_is_seen_with_everything(xp: XpWorld) -> None:
    await xp.upload(1)
    await xp.tell("teams/3", name="Herons")
    await xp.tell("teams/3/members/1", show_name_leaderboards=True, show_username_leaderboards=True)
    await xp.tell("users/1", **ANN, public_profile=True, active_team=3)

    assert await line_of(xp) == {
        "user_id": 1,
        "public_profile": True,
        "name": "Ann",
        "username": "@ann",
        "xp": 5,
        "global_flag": "ie",
        "social": {"web": "https://example.org"},
        "team": "Herons",
        "rank": 1,
    }


async def test_a_user_of_whom_nothing_is_told_is_seen_by_rank_alone(xp: XpWorld) -> None:
    await xp.upload(1)

    assert await line_of(xp) == {
        "user_id": 1,
        "public_profile": False,
        "name": "",
        "username": "",
        "xp": 5,
        "global_flag": None,
        "social": None,
        "team": "",
        "rank": 1,
    }


async def test_what_is_told_is_seen_at_once(xp: XpWorld) -> None:
    await xp.upload(1)
    seen = []
    for shown in (True, False, True):
        await xp.tell("users/1", **ANN, show_name=shown)
        seen.append((await line_of(xp))["name"])

    assert seen == ["Ann", "", "Ann"]


async def test_cards_are_not_remembered_while_they_change(xp: XpWorld, store: Store, api: Any) -> None:
    """A process that dies between its change and the new stamp leaves this mark behind."""
    await xp.upload(1)
    await xp.tell("users/1", **ANN, show_name=True)
    resources: Resources = api.state.resources
    await line_of(xp)
    await resources.ranks.stamp(STAMP, f"{CHANGING}dead")

    before = await line_of(xp)
    store["xp_users"].update_one({"_id": 1}, {"$set": {"show_name": False}})
    after = await line_of(xp)

    assert (before["name"], after["name"]) == ("Ann", "")


async def test_whoever_joins_a_safeguarding_team_is_kept_from_sight_until_they_leave_it(xp: XpWorld) -> None:
    await xp.upload(1)
    await xp.tell("users/1", **ANN, show_name=True, public_profile=True)
    await xp.tell("teams/3", name="School", kind="school", safeguarding=True)
    seen = []
    seen.append((await line_of(xp))["name"])
    await xp.tell("teams/3/members/1", show_name_leaderboards=True)
    seen.append((await line_of(xp))["name"])
    await xp.send("DELETE", "teams/3/members/1")
    seen.append((await line_of(xp))["name"])

    assert seen == ["Ann", None, "Ann"]


async def test_accounts_are_counted(xp: XpWorld) -> None:
    for user_id in (1, 2, 3, 3):
        await xp.tell(f"users/{user_id}", name="x")

    assert (await xp.board())["totalUsers"] == 3


@pytest.mark.parametrize(("setting", "flag"), [("name", "show_name"), ("username", "show_username")])
async def test_a_toggle_turns_the_users_and_the_active_teams_flag_to_the_same(
    xp: XpWorld, setting: str, flag: str
) -> None:
    await xp.upload(1)
    await xp.tell("teams/3", name="Herons")
    await xp.tell("teams/3/members/1", **{f"{flag}_leaderboards": True})
    await xp.tell("users/1", **ANN, **{flag: False}, active_team=3)

    answers = [await toggled(xp, setting) for _ in range(2)]
    in_team = (await line_of(xp))[setting]

    assert answers == [{"success": True, flag: True}, {"success": True, flag: False}]
    assert in_team == ""


async def test_a_toggle_leaves_a_safeguarding_team_as_it_is(xp: XpWorld, store: Store) -> None:
    await xp.tell("teams/3", name="School", safeguarding=True)
    await xp.tell("teams/3/members/1", show_name_leaderboards=False)
    await xp.tell("users/1", **ANN, active_team=3)

    await toggled(xp, "name")

    (member,) = store["xp_memberships"].find()
    assert member["show_name"] is False


async def test_locations_are_listed_by_name_within_each_other(xp: XpWorld, player: HeadersBuilder) -> None:
    await xp.tell("locations/country/5", name="Ireland", flag="ie")
    await xp.tell("locations/country/6", name="Germany", flag="de")
    await xp.tell("locations/state/7", name="Munster", parent=5)
    await xp.tell("locations/state/8", name="Hessen", parent=6)
    await xp.tell("locations/city/9", name="Cork", parent=7)

    async def listed(path: str) -> list[tuple[int, str, str | None]]:
        answer = await xp.http.get(f"/api/v1/locations{path}", headers=player("1"))
        return [(one["id"], one["name"], one["flag"]) for one in answer.json()["locations"]]

    assert await listed("") == [(6, "Germany", "de"), (5, "Ireland", "ie")]
    assert await listed("/country/5") == [(7, "Munster", None)]
    assert await listed("/state/7") == [(9, "Cork", None)]
    assert await listed("/country/999") == []


async def test_what_is_shown_of_one_page_holds_no_card_of_another(resources: Resources) -> None:
    """Pages are kept: with everybody's cards in each of them memory would grow with their square."""
    cards = resources.xp.cards
    await cards.shown([1, 2, 3], b"the present stamp")

    first_again = await cards.shown([1, 2], b"the present stamp")
    another = await cards.shown([3, 4], b"the present stamp")

    assert (set(first_again.cards), set(another.cards)) == ({1, 2}, {3, 4})
