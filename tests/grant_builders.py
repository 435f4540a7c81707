"""Grants as a rollover leaves them, and what has become of them."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from game_world import account

from app.game.ledgers import GrantDocument

NOW = datetime(2026, 5, 1, 2, 0, tzinfo=UTC)

Json = dict[str, Any]


def grant_id(archive: int, player: int) -> str:
    """The id of what a player won in an archive."""
    return f"{archive:024x}-{account(player)}"


def a_grant(archive: int, player: int, *, at: datetime = NOW) -> Json:
    """A player's reward for rank 1 in an archive."""
    visible_from = int(at.timestamp())
    return {
        "_id": grant_id(archive, player),
        "account_id": account(player),
        "leaderboard_id": "arena",
        "run_id": f"{0xAA:024x}",
        "message": {
            "subject": "Well done",
            "body": f"You won archive {archive}",
            "banner": None,
            "icon": "trophy",
            "internalNote": None,
            "attachments": [{"type": "currency", "rewardId": "gems", "quantity": 5}],
            "visibleFrom": visible_from,
            "expiration": visible_from + 30 * 24 * 60 * 60,
        },
        "data": {"rewardType": "standard", "leaderboardId": "arena", "leaderboardRank": 1},
        "status": "owed",
        "created_at": at,
        "due_at": at,
        "attempts": 0,
    }


async def owe(*grants: Json) -> None:
    """Store these grants."""
    await GrantDocument.get_motor_collection().insert_many(list(grants))


async def stored(*ids: str) -> list[Json]:
    """These grants, or all, in the order of their ids."""
    wanted: Json = {"_id": {"$in": list(ids)}} if ids else {}
    rows: Iterable[Json] = await GrantDocument.get_motor_collection().find(wanted).sort("_id").to_list(None)
    return list(rows)


async def the_grant() -> Json:
    """The only grant there is."""
    (grant,) = await stored()
    return grant
