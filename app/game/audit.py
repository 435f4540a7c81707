"""The record of who changed what."""

from datetime import datetime
from typing import Any

from app.game.documents import AuditDocument, new_id
from app.game.transactions import Session

MOST_RECORDS = 200


async def record(  # one argument per stored field
    *,
    actor: str,
    action: str,
    now: datetime,
    leaderboard_id: str | None = None,
    account_id: str | None = None,
    details: dict[str, Any] | None = None,
    session: Session | None = None,
) -> None:
    """Store that `actor` did `action`; with a session, only if that transaction commits."""
    entry = {
        "_id": new_id(),
        "at": now,
        "actor": actor,
        "action": action,
        "leaderboard_id": leaderboard_id,
        "account_id": account_id,
        "details": details or {},
    }
    await AuditDocument.get_motor_collection().insert_one(entry, session=session)


async def read_records(leaderboard_id: str | None) -> list[AuditDocument]:
    """The newest 200 records, of one leaderboard or of all."""
    wanted = {} if leaderboard_id is None else {"leaderboard_id": leaderboard_id}
    return await AuditDocument.find(wanted).sort("-at").limit(MOST_RECORDS).to_list()
