"""Who may not score, and where."""

from collections.abc import Collection
from dataclasses import dataclass

from app.aggregations.stages import Stage
from app.game.documents import DisqualificationDocument, EntryState


@dataclass(frozen=True, slots=True)
class Disqualified:
    """The barred (account, leaderboard) pairs among those asked for."""

    pairs: frozenset[tuple[str, str | None]]

    def bars(self, account_id: str, leaderboard_id: str) -> bool:
        """True if the account is barred from this leaderboard or from all."""
        return (account_id, None) in self.pairs or (account_id, leaderboard_id) in self.pairs


async def read_disqualified(account_ids: Collection[str]) -> Disqualified:
    """Every disqualification of these accounts."""
    found = DisqualificationDocument.get_motor_collection().find(
        {"account_id": {"$in": list(account_ids)}}, {"account_id": 1, "leaderboard_id": 1}
    )
    rows = await found.to_list(None)
    return Disqualified(frozenset((row["account_id"], row["leaderboard_id"]) for row in rows))


async def read_barred(leaderboard_id: str) -> list[str]:
    """Every account that is barred from this leaderboard, or from all."""
    found = DisqualificationDocument.get_motor_collection().find(
        {"leaderboard_id": {"$in": [leaderboard_id, None]}}, {"account_id": 1}
    )
    return [row["account_id"] async for row in found]


def turn_into(state: EntryState, now_ms: int) -> Stage:
    """The change that bars an entry or opens it again."""
    return {
        "$set": {"state": state, "barred": state is EntryState.DISQUALIFIED, "touched_at": now_ms},
        "$inc": {"version": 1},
    }
