"""What users decide themselves about what a leaderboard shows of them."""

from enum import StrEnum

from app.storage.transactions import Session, in_transaction
from app.xp.cards import Cards
from app.xp.errors import UnknownUser
from app.xp.people import membership_id
from app.xp.people_documents import ContributorDocument, MembershipDocument, TeamDocument


class Flag(StrEnum):
    """What may be seen or not."""

    NAME = "show_name"
    USERNAME = "show_username"


async def toggle(cards: Cards, user_id: int, flag: Flag) -> bool:
    """Turn a flag over, the user's own and the active team's to the same value, which is returned.

    A team that safeguards its members keeps what it has. Raises UnknownUser.
    """
    users = ContributorDocument.get_motor_collection()
    found = await users.find_one({"_id": user_id}, {flag.value: 1})
    if found is None:
        raise UnknownUser
    # Decided before the transaction, which may run more than once.
    value = not found[flag.value]

    async def set_both(session: Session) -> None:
        told = {"$set": {flag.value: value}}
        user = await users.find_one_and_update({"_id": user_id}, told, {"active_team": 1}, session=session)
        team_id = None if user is None else user["active_team"]
        if team_id is None or await _safeguards(team_id, session):
            return
        member = {"_id": membership_id(user_id, team_id)}
        await MembershipDocument.get_motor_collection().update_one(member, told, session=session)

    async with cards.changing():
        await in_transaction(set_both, on=ContributorDocument)
    return value


async def _safeguards(team_id: int, session: Session) -> bool:
    wanted = {"_id": team_id, "safeguarding": True}
    return await TeamDocument.get_motor_collection().find_one(wanted, {"_id": 1}, session=session) is not None
