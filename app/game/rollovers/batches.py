"""The shards of a run, in batches that one pipeline can take."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from app.game.documents import ShardDocument, ShardStage
from app.game.rollovers.runs import Run

#: Small shards share a pipeline up to so many entries, and so many shards.
MOST_ENTRIES = 25_000
MOST_SHARDS = 500
#: Batches under way at once: MongoDB reads one while it writes another.
AT_ONCE = 2


@dataclass(slots=True)
class Batch:
    """Shards of one tier and size that a pipeline settles together. A guild shard is its own batch."""

    tier: int
    players: int
    shard_ids: list[str] = field(default_factory=list)
    guild_id: str | None = None
    members: list[str] | None = None

    @property
    def is_full(self) -> bool:
        """True if it has as much as one pipeline should take."""
        return len(self.shard_ids) >= MOST_SHARDS or len(self.shard_ids) * self.players >= MOST_ENTRIES


async def each_batch(run: Run, stage: ShardStage, settle: Callable[[Batch], Awaitable[None]]) -> None:
    """Settle every batch of the shards at this stage, all also when one fails; then raise its error."""
    under_way: set[asyncio.Task[None]] = set()
    failures: list[BaseException] = []
    try:
        async for batch in _batches(run, stage):
            if len(under_way) >= AT_ONCE:
                under_way = await _first_done(under_way, failures)
            under_way.add(asyncio.ensure_future(settle(batch)))
        while under_way:
            under_way = await _first_done(under_way, failures)
    finally:
        for task in under_way:
            task.cancel()
    if failures:
        raise failures[0]


async def _first_done(
    under_way: set[asyncio.Task[None]], failures: list[BaseException]
) -> set[asyncio.Task[None]]:
    done, left = await asyncio.wait(under_way, return_when=asyncio.FIRST_COMPLETED)
    failures += [error for task in done if (error := task.exception()) is not None]
    return left


async def _batches(run: Run, stage: ShardStage) -> AsyncIterator[Batch]:
    filling: dict[tuple[int, int], Batch] = {}
    async for shard in _shards(run, stage):
        archive = shard.get("archive") or {}
        players = archive.get("players", shard["seats"])
        if shard["guild_id"] is not None:
            yield Batch(shard["tier"], players, [shard["_id"]], shard["guild_id"], archive.get("members"))
            continue
        batch = filling.setdefault((shard["tier"], players), Batch(shard["tier"], players))
        batch.shard_ids.append(shard["_id"])
        if batch.is_full:
            yield filling.pop((shard["tier"], players))
    for batch in filling.values():
        yield batch


def _shards(run: Run, stage: ShardStage) -> AsyncIterator[dict[str, Any]]:
    wanted = {"leaderboard_id": run.leaderboard_id, "cycle": run.cycle, "stage": stage}
    fields = dict.fromkeys(("tier", "guild_id", "seats", "archive.players", "archive.members"), 1)
    found: AsyncIterator[dict[str, Any]] = ShardDocument.get_motor_collection().find(wanted, fields)
    return found


async def set_stage(shard_ids: Sequence[str], *, before: ShardStage, after: ShardStage) -> None:
    """Note how far these shards are; one that is further already stays."""
    await ShardDocument.get_motor_collection().update_many(
        {"_id": {"$in": list(shard_ids)}, "stage": before}, {"$set": {"stage": after}}
    )
