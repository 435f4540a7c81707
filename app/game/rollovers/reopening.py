"""The last step of a rollover: the next cycle opens, and takes the scores that waited for it."""

from datetime import datetime
from typing import Any

from app.game.documents import Cycle, CycleState, LeaderboardDocument, ShardDocument
from app.game.leaderboards import Leaderboards
from app.game.placement import Placer
from app.game.rollovers.runs import Run
from app.game.rules.definitions import Definition
from app.game.rules.seasons import remaining_after_rollover
from app.kit.periods import RolloverTimes, next_rollover
from app.ranking.index import RankIndex

BOARDS_A_CALL = 500


async def open_next_cycle(run: Run, times: RolloverTimes, *, now: datetime) -> None:
    """Unlock the leaderboard in its next cycle; where that has been done already, nothing happens."""
    stored = LeaderboardDocument.get_motor_collection()
    while True:
        leaderboard = await stored.find_one(
            {
                "_id": run.leaderboard_id,
                "definition": {"$ne": None},
                "cycle.number": run.cycle,
                "cycle.state": CycleState.LOCKED,
            }
        )
        if leaderboard is None:
            return
        # New rules may come between the two: then the next cycle is theirs.
        unchanged = {
            "_id": run.leaderboard_id,
            "definition": {"$ne": None},
            "rules_version": leaderboard["rules_version"],
            "cycle.number": run.cycle,
        }
        cycle = _next_cycle(leaderboard, times, now=max(now, run.started_at))
        await stored.update_one(unchanged, {"$set": {"cycle": cycle.model_dump()}})


def _next_cycle(leaderboard: dict[str, Any], times: RolloverTimes, *, now: datetime) -> Cycle:
    """However many rollovers were missed: the next one is the first that is still to come."""
    ended = Cycle(**leaderboard["cycle"])
    definition = Definition.model_validate(leaderboard["definition"])
    opened_at = max(now, definition.starts_at or now)
    return Cycle(
        number=ended.number + 1,
        state=CycleState.OPEN,
        opened_at=opened_at,
        closes_at=next_rollover(definition.rollover_type, after=opened_at, times=times, zone=definition.zone),
        rollovers_remaining=remaining_after_rollover(
            definition, rollovers_remaining=ended.rollovers_remaining
        ),
    )


async def take_pending_scores(run: Run, leaderboards: Leaderboards, placer: Placer, *, now: datetime) -> int:
    """Give everybody who scored during the rollover a place in the next cycle; returns how many they were."""
    leaderboards.forget(run.leaderboard_id)
    leaderboard = await leaderboards.get(run.leaderboard_id)
    return await placer.place_pending(leaderboard, now) if leaderboard.cycle == run.cycle + 1 else 0


async def drop_boards(run: Run, ranks: RankIndex) -> None:
    """Remove the ended cycle from the rank index. Raises RankIndexAway."""
    cycle = {"leaderboard_id": run.leaderboard_id, "cycle": run.cycle}
    found = ShardDocument.get_motor_collection().find(cycle, {"_id": 1})
    while shards := await found.to_list(BOARDS_A_CALL):
        await ranks.drop([shard["_id"] for shard in shards])
