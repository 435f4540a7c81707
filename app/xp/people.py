"""What is told about users and teams; each is set to what was told last."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass

from beanie import Document

from app.xp.cards import Cards
from app.xp.people_documents import ContributorDocument, MembershipDocument, TeamDocument, TeamKind
from app.xp.rules.privacy import Membership, Profile


@dataclass(frozen=True, slots=True)
class TeamFacts:
    """What a team is."""

    name: str
    kind: TeamKind
    safeguarding: bool


class People:
    """Takes what other services tell; one per process."""

    def __init__(self, cards: Cards) -> None:
        self._cards = cards

    async def tell_user(self, user_id: int, profile: Profile) -> None:
        """Say who a user is; replaces what was told before."""
        async with self._cards.changing():
            await _replace(ContributorDocument, user_id, asdict(profile))

    async def tell_team(self, team_id: int, facts: TeamFacts) -> None:
        """Say what a team is. Photos that are there keep to what their team was when they came."""
        async with self._cards.changing():
            await _replace(TeamDocument, team_id, asdict(facts))

    async def tell_member(self, user_id: int, membership: Membership) -> None:
        """Say that a user is in a team, and what is to be seen of them there."""
        row = {
            "user_id": user_id,
            "team_id": membership.team_id,
            "show_name": membership.show_name,
            "show_username": membership.show_username,
        }
        async with self._cards.changing():
            await _replace(MembershipDocument, membership_id(user_id, membership.team_id), row)

    async def untell_member(self, user_id: int, team_id: int) -> None:
        """Say that a user is not in a team, or no longer."""
        member = {"_id": membership_id(user_id, team_id)}
        async with self._cards.changing():
            await MembershipDocument.get_motor_collection().delete_one(member)


def membership_id(user_id: int, team_id: int) -> str:
    """The id of a user's membership of a team."""
    return f"{team_id}:{user_id}"


async def kind_of_team(team_id: int) -> TeamKind | None:
    """What a team is; None if nothing has been told about it."""
    found = await TeamDocument.get_motor_collection().find_one({"_id": team_id}, {"kind": 1})
    return None if found is None else TeamKind(found["kind"])


async def _replace(document: type[Document], key: int | str, row: Mapping[str, object]) -> None:
    await document.get_motor_collection().replace_one({"_id": key}, row, upsert=True)
