"""What a leaderboard shows of a user: each cell of the table is a test."""

from typing import Any

import pytest

from app.xp.rules.privacy import Card, Membership, Profile, Team, card_of

ACTIVE, OTHER = 3, 4
SOCIAL = {"web": "https://example.org"}
TEAMS = {ACTIVE: Team("Herons"), OTHER: Team("Cranes")}
SAFE_ACTIVE = {**TEAMS, ACTIVE: Team("Herons", safeguarding=True)}
SAFE_OTHER = {**TEAMS, OTHER: Team("Cranes", safeguarding=True)}
FLAGS = [(False, False), (False, True), (True, False), (True, True)]


def ann(**fields: Any) -> Profile:
    chosen = {"name": "Ann", "username": "ann", "public_profile": True, "global_flag": "ie", "social": SOCIAL}
    return Profile(**{**chosen, **fields})


def seen(card: Card) -> tuple[bool, bool]:
    """Whether name and username are to be seen."""
    return card.name == "Ann", card.username == "@ann"


@pytest.mark.parametrize("flags", FLAGS)
@pytest.mark.parametrize("active_team", [None, ACTIVE])
def test_without_a_membership_of_the_active_team_the_users_own_flags_decide(
    flags: tuple[bool, bool], active_team: int | None
) -> None:
    profile = ann(show_name=flags[0], show_username=flags[1], active_team=active_team)

    card = card_of(profile, [Membership(OTHER, show_name=True, show_username=True)], TEAMS)

    assert seen(card) == flags


def test_what_is_hidden_is_empty() -> None:
    card = card_of(ann(), [], TEAMS)

    assert (card.name, card.username, card.team) == ("", "", "")


def test_without_an_active_team_flag_and_links_are_shown() -> None:
    card = card_of(ann(), [], TEAMS)

    assert (card.global_flag, card.social, card.public_profile) == ("ie", SOCIAL, True)


@pytest.mark.parametrize("active_team", [None, ACTIVE])
def test_no_team_is_named_that_the_user_is_not_active_in(active_team: int | None) -> None:
    profile = ann(show_name=True, active_team=active_team)

    assert card_of(profile, [Membership(OTHER, show_name=True)], TEAMS).team == ""


@pytest.mark.parametrize("flags", FLAGS)
@pytest.mark.parametrize("own", FLAGS)
def test_in_the_active_team_its_flags_decide_both_ways(
    flags: tuple[bool, bool], own: tuple[bool, bool]
) -> None:
    profile = ann(show_name=own[0], show_username=own[1], active_team=ACTIVE)

    card = card_of(profile, [Membership(ACTIVE, *flags)], TEAMS)

    assert seen(card) == flags


@pytest.mark.parametrize("own", FLAGS)
def test_a_flag_the_team_leaves_open_is_the_users_own(own: tuple[bool, bool]) -> None:
    profile = ann(show_name=own[0], show_username=own[1], active_team=ACTIVE)

    card = card_of(profile, [Membership(ACTIVE, show_name=None, show_username=None)], TEAMS)

    assert seen(card) == own


def test_in_the_active_team_flag_and_links_are_shown() -> None:
    card = card_of(ann(active_team=ACTIVE), [Membership(ACTIVE)], TEAMS)

    assert (card.global_flag, card.social, card.public_profile) == ("ie", SOCIAL, True)


@pytest.mark.parametrize("flags", FLAGS)
@pytest.mark.parametrize("teams", [TEAMS, SAFE_ACTIVE, SAFE_OTHER])
def test_the_active_team_is_named_if_anything_of_the_user_is_to_be_seen_there(
    flags: tuple[bool, bool], teams: dict[int, Team]
) -> None:
    memberships = [Membership(ACTIVE, *flags), Membership(OTHER)]

    card = card_of(ann(active_team=ACTIVE), memberships, teams)

    assert card.team == ("Herons" if any(flags) else "")


@pytest.mark.parametrize("teams", [SAFE_ACTIVE, SAFE_OTHER])
@pytest.mark.parametrize("active_team", [None, ACTIVE, OTHER])
@pytest.mark.parametrize("flags", [(True, True), (False, False), (None, None)])
def test_a_member_of_any_safeguarding_team_is_kept_from_sight_whatever_the_flags(
    teams: dict[int, Team], active_team: int | None, flags: tuple[bool | None, bool | None]
) -> None:
    profile = ann(show_name=True, show_username=True, active_team=active_team)

    card = card_of(profile, [Membership(ACTIVE, *flags), Membership(OTHER, *flags)], teams)

    assert (card.name, card.username, card.global_flag, card.social, card.public_profile) == (
        None,
        None,
        None,
        None,
        False,
    )


def test_a_team_of_which_nothing_is_known_changes_nothing() -> None:
    card = card_of(ann(active_team=9), [Membership(9, show_name=True)], TEAMS)

    assert (card.name, card.team) == ("Ann", "")


def test_a_username_that_was_never_told_is_not_shown_as_a_lone_sign() -> None:
    assert card_of(ann(username="", show_username=True), [], TEAMS).username == ""
