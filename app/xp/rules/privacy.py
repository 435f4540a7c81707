"""What a leaderboard shows of a user. Pure."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

HIDDEN = ""


@dataclass(frozen=True, slots=True)
class Profile:
    """What a user has told, and what they want to be seen of it."""

    name: str = ""
    username: str = ""
    show_name: bool = False
    show_username: bool = False
    public_profile: bool = False
    global_flag: str | None = None
    social: Mapping[str, str] | None = None
    active_team: int | None = None


@dataclass(frozen=True, slots=True)
class Membership:
    """A user's place in a team, and what is to be seen of the user there; None: as everywhere."""

    team_id: int
    show_name: bool | None = False
    show_username: bool | None = False


@dataclass(frozen=True, slots=True)
class Team:
    """A team."""

    name: str
    safeguarding: bool = False


@dataclass(frozen=True, slots=True)
class Card:
    """A user as a leaderboard shows them: hidden is "", safeguarded is None."""

    public_profile: bool
    name: str | None
    username: str | None
    global_flag: str | None
    social: Mapping[str, str] | None
    team: str


#: A user of whom nothing has been told.
STRANGER = Profile()


def card_of(profile: Profile, memberships: Collection[Membership], teams: Mapping[int, Team]) -> Card:
    """What is shown of a user who is in these teams.

    The flags in the active team stand above the user's own, both ways; a team that safeguards its members
    stands above everything, whichever of the user's teams it is.
    """
    active = next((one for one in memberships if one.team_id == profile.active_team), None)
    shows_name, shows_username = _flags(profile, active)
    team = teams.get(active.team_id) if active is not None else None
    team_name = team.name if team is not None and (shows_name or shows_username) else HIDDEN
    if any(teams[one.team_id].safeguarding for one in memberships if one.team_id in teams):
        return Card(False, None, None, None, None, team_name)  # noqa: FBT003 # five fields, all closed
    return Card(
        public_profile=profile.public_profile,
        name=profile.name if shows_name else HIDDEN,
        username=f"@{profile.username}" if shows_username and profile.username else HIDDEN,
        global_flag=profile.global_flag,
        social=profile.social,
        team=team_name,
    )


def _flags(profile: Profile, active: Membership | None) -> tuple[bool, bool]:
    """Whether name and username are to be seen."""
    own = (profile.show_name, profile.show_username)
    if active is None:
        return own
    there = (active.show_name, active.show_username)
    name, username = (mine if theirs is None else theirs for mine, theirs in zip(own, there, strict=True))
    return name, username
