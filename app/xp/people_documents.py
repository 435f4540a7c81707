"""What the XP domain stores of users, teams and locations, as it was told."""

from enum import StrEnum
from typing import ClassVar

from beanie import Document
from pymongo import ASCENDING, IndexModel


class TeamKind(StrEnum):
    """What a team is; photos of a school wait for approval."""

    COMMUNITY = "community"
    SCHOOL = "school"


class ContributorDocument(Document):
    """What a user of XP routes has told of themselves."""

    id: int  # type: ignore[assignment]
    name: str
    username: str
    show_name: bool
    show_username: bool
    public_profile: bool
    global_flag: str | None
    social: dict[str, str] | None
    active_team: int | None

    class Settings:
        """Collection."""

        name = "xp_users"


class TeamDocument(Document):
    """A team."""

    id: int  # type: ignore[assignment]
    name: str
    kind: TeamKind
    safeguarding: bool

    class Settings:
        """Collection."""

        name = "xp_teams"


class MembershipDocument(Document):
    """A user in a team, and what is to be seen of the user there; null: as everywhere."""

    id: str  # type: ignore[assignment]
    user_id: int
    team_id: int
    show_name: bool | None
    show_username: bool | None

    class Settings:
        """Collection and indexes."""

        name = "xp_memberships"
        indexes: ClassVar = [
            IndexModel([("user_id", ASCENDING), ("team_id", ASCENDING)], name="teams_of_user", unique=True)
        ]


class LocationDocument(Document):
    """A country, a state of one, or a city of one."""

    id: str  # type: ignore[assignment]
    kind: str
    location_id: int
    name: str
    parent: int | None
    flag: str | None

    class Settings:
        """Collection and indexes."""

        name = "xp_locations"
        indexes: ClassVar = [
            IndexModel([("kind", ASCENDING), ("parent", ASCENDING), ("name", ASCENDING)], name="by_parent")
        ]


DOCUMENTS: tuple[type[Document], ...] = (
    ContributorDocument,
    TeamDocument,
    MembershipDocument,
    LocationDocument,
)
