"""Seats: which shard a newcomer competes in."""

import contextlib
from datetime import datetime
from typing import Any

from app.game.documents import CycleState, LeaderboardDocument, ShardDocument, ShardStage, new_id
from app.game.errors import LeaderboardChanged
from app.game.leaderboards import Leaderboard
from app.game.transactions import Session
from app.ranking.errors import RankIndexAway
from app.ranking.index import RankIndex


async def take_seats(  # the group's key, one by one
    ranks: RankIndex,
    session: Session,
    leaderboard: Leaderboard,
    *,
    tier: int,
    guild_id: str | None,
    count: int,
    now: datetime,
) -> list[str]:
    """A shard id for each of `count` newcomers of one tier and scope.

    The fullest shard with room is filled first, then new ones are opened. Runs in the caller's
    transaction: a seat exists if and only if its entry does, so no seat leaks and none is overbooked.
    Guild shards have no limit. Raises LeaderboardChanged if the cycle no longer takes newcomers.
    """
    capacity = None if guild_id else leaderboard.definition.rule(tier).players_per_shard
    scope = {
        "leaderboard_id": leaderboard.leaderboard_id,
        "cycle": leaderboard.cycle,
        "tier": tier,
        "guild_id": guild_id,
    }
    seats: list[str] = []
    while len(seats) < count:
        needed = count - len(seats)
        filled = await _fill_fullest(session, scope, capacity=capacity, needed=needed)
        if filled is None:
            taken = needed if capacity is None else min(capacity, needed)
            filled = await open_shard(ranks, session, leaderboard, scope, seats=taken, now=now), taken
        shard_id, taken = filled
        seats += [shard_id] * taken
    return seats


async def _fill_fullest(
    session: Session, scope: dict[str, Any], *, capacity: int | None, needed: int
) -> tuple[str, int] | None:
    with_room = scope if capacity is None else {**scope, "seats": {"$lt": capacity}}
    seats: dict[str, Any] = {"$add": ["$seats", needed]}
    if capacity is not None:
        seats = {"$min": [capacity, seats]}
    before = await ShardDocument.get_motor_collection().find_one_and_update(
        with_room, [{"$set": {"seats": seats}}], sort=[("seats", -1)], session=session
    )
    if before is None:
        return None
    room = needed if capacity is None else capacity - before["seats"]
    return before["_id"], min(needed, room)


async def open_shard(
    ranks: RankIndex,
    session: Session,
    leaderboard: Leaderboard,
    scope: dict[str, Any],
    *,
    seats: int,
    now: datetime,
) -> str:
    """Open the next shard of a scope with so many seats taken; returns its id.

    The unique number makes two openers agree on one. Raises LeaderboardChanged like `take_seats`.
    """
    # Writing the cycle makes an opener and whoever ends the cycle conflict, so one of them sees the other.
    claimed = await LeaderboardDocument.get_motor_collection().update_one(
        {
            "_id": leaderboard.leaderboard_id,
            "definition": {"$ne": None},
            "cycle.number": leaderboard.cycle,
            "cycle.state": CycleState.OPEN,
        },
        {"$inc": {"cycle.shards_opened": 1}},
        session=session,
    )
    if claimed.matched_count == 0:
        raise LeaderboardChanged
    shards = ShardDocument.get_motor_collection()
    last = await shards.find_one(scope, {"number": 1}, sort=[("number", -1)], session=session)
    shard_id = new_id()
    # Before anyone can know the shard: an empty board is complete only as long as nothing was written.
    # While the index is away that is left out, and the board is built from MongoDB like any missing one.
    with contextlib.suppress(RankIndexAway):
        await ranks.open(shard_id)
    await shards.insert_one(
        {
            "_id": shard_id,
            **scope,
            "number": last["number"] + 1 if last else 1,
            "seats": seats,
            "opened_at": now,
            "stage": ShardStage.OPEN,
        },
        session=session,
    )
    return shard_id
