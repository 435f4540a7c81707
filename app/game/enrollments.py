"""Service records: what a player did on each leaderboard."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from pymongo import UpdateOne

from app.aggregations.marks import mark_scorers, marked
from app.game.documents import EnrollmentDocument, EntryDocument, PromotionStatus
from app.game.transactions import Session


@dataclass(frozen=True, slots=True)
class Mark:
    """That a player made a non-zero score in a cycle and tier."""

    account_id: str
    leaderboard_id: str
    cycle: int
    tier: int
    guild_id: str | None


def bears(enrollment: dict[str, Any], mark: Mark) -> bool:
    """True if no later score of this cycle can change what the mark writes.

    While the player has not acknowledged the last rollover the active tier still depends on when the
    acknowledgement comes, so such a mark is never final.
    """
    return bool(
        (mark.guild_id is None or enrollment["guild_id"] == mark.guild_id)
        and enrollment["promotion_status"] == PromotionStatus.ACKNOWLEDGED
        and enrollment["active_cycle"] == mark.cycle
        and enrollment["active_tier"] == mark.tier
        and enrollment["seasonal_max_tier"] >= mark.tier
    )


async def mark_active(marks: Iterable[Mark], *, session: Session | None = None) -> None:
    """Write the marks; the same mark twice is the same as once."""
    writes = [
        UpdateOne(_unsettled(mark), [{"$set": marked(mark.cycle, mark.tier, mark.guild_id)}])
        for mark in marks
    ]
    if writes:
        await EnrollmentDocument.get_motor_collection().bulk_write(writes, ordered=False, session=session)


async def mark_missed(since_ms: int, **cycle: Any) -> None:
    """Write the marks of scores stored since an instant whose writer died before it could.

    `cycle`: of one leaderboard and cycle, or of all.
    """
    entries = EntryDocument.get_motor_collection()
    await entries.aggregate(mark_scorers(since_ms, cycle)).to_list(None)


def _unsettled(mark: Mark) -> dict[str, Any]:
    """The mark's enrollment, unless the cycle is settled: a mark this late belongs to a score nobody took."""
    before_its_end = {"$not": {"$gte": mark.cycle}}
    return {
        "account_id": mark.account_id,
        "leaderboard_id": mark.leaderboard_id,
        "settled_cycle": before_its_end,
        "season_cycle": before_its_end,
    }


async def read_enrollments(
    account_ids: Collection[str], leaderboard_ids: Collection[str] | None = None
) -> list[dict[str, Any]]:
    """The enrollments of these accounts in these leaderboards, or in all."""
    wanted: dict[str, Any] = {"account_id": {"$in": list(account_ids)}}
    if leaderboard_ids is not None:
        wanted["leaderboard_id"] = {"$in": list(leaderboard_ids)}
    found = EnrollmentDocument.get_motor_collection().find(wanted).sort("leaderboard_id", 1)
    return list(await found.to_list(None))


async def acknowledge(account_id: str, leaderboard_id: str) -> None:
    """Clear what the last rollover left to be shown, and nothing else; clearing twice is fine."""
    await EnrollmentDocument.get_motor_collection().update_one(
        {"account_id": account_id, "leaderboard_id": leaderboard_id},
        {"$set": {"promotion_status": PromotionStatus.ACKNOWLEDGED, "season_ended": False}},
    )
