"""Who may have written entries that the rank index does not have yet.

Each writing process keeps one document that says: all I wrote before `since` is done with. It is
renewed twice a second while the process writes and removed when it has been idle. A process that stops
renewing is dead or cut off; a sweeper then repairs everything written from its `since` on.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

import structlog
from pymongo.errors import PyMongoError

from app.game.documents import EntryDocument, EntryState, WriterDocument, new_id
from app.game.enrollments import mark_missed
from app.ranking.errors import RankIndexAway
from app.ranking.index import Change, RankIndex

log = structlog.get_logger()

#: Asks for boards of the index to be built from MongoDB.
WantBoards = Callable[[Iterable[str]], Awaitable[None]]

RENEWED_EVERY_S = 0.5
SILENT_AFTER = timedelta(seconds=2)
IDLE_AFTER_S = 5.0
#: Writes carry the time their batch began, which can be this much before they reach MongoDB.
MARGIN_MS = 2_000
REPAIR_BATCH = 1_000


class WriteJournal:
    """This process's promise about its own writes."""

    def __init__(self, ranks: RankIndex, want_boards: WantBoards) -> None:
        self._ranks = ranks
        self._want_boards = want_boards
        self._id = new_id()
        self._announced = False
        self._announcing = asyncio.Lock()
        self._under_way: dict[int, int] = {}
        self._numbers = 0
        self._failed_since: int | None = None
        self._last_write = 0.0
        self._renewing: asyncio.Task[None] | None = None

    @contextlib.asynccontextmanager
    async def writing(self, now_ms: int) -> AsyncIterator[None]:
        """Around each write of entries and the index call that follows it."""
        self._last_write = time.monotonic()
        self._numbers += 1
        number = self._numbers
        self._under_way[number] = now_ms
        try:
            if not self._announced:
                await self._announce(now_ms)
            yield
        except BaseException:
            # Something may have been written all the same, and nobody indexed it.
            self._owe(now_ms)
            raise
        finally:
            del self._under_way[number]

    async def index(self, changes: Sequence[Change], now_ms: int) -> None:
        """Bring what was just written into the index; what it cannot take now is owed and done later."""
        if not changes:
            return
        try:
            missing = await self._ranks.submit(changes)
        except RankIndexAway:
            self._owe(now_ms)
            return
        if missing:
            await self._want_boards(missing)

    def _owe(self, since_ms: int) -> None:
        self._failed_since = min(since_ms, self._failed_since or since_ms)

    async def aclose(self) -> None:
        """Stop renewing; leave the document only if something is still owed."""
        if self._renewing is not None:
            self._renewing.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._renewing
        if self._announced and self._failed_since is None:
            await WriterDocument.get_motor_collection().delete_one({"_id": self._id})

    async def _announce(self, now_ms: int) -> None:
        async with self._announcing:
            if self._announced:
                return
            await self._renew(now_ms)
            self._announced = True
            if self._renewing is None:
                self._renewing = asyncio.get_running_loop().create_task(self._keep_renewing())

    async def _renew(self, since: int) -> None:
        # The server's clock, so that no two hosts have to agree on the time.
        await WriterDocument.get_motor_collection().update_one(
            {"_id": self._id},
            [{"$set": {"since": since, "seen_at": "$$NOW"}}],
            upsert=True,
        )

    async def _keep_renewing(self) -> None:
        while True:
            await asyncio.sleep(RENEWED_EVERY_S)
            try:
                await self._renew_or_rest()
            except (PyMongoError, RankIndexAway) as error:
                log.warning("journal.renewal_failed", error=type(error).__name__)

    async def _renew_or_rest(self) -> None:
        if not self._announced:
            return
        if self._failed_since is not None:
            owed, self._failed_since = self._failed_since, None
            try:
                await repair_since(self._ranks, owed)
            except (PyMongoError, RankIndexAway):
                self._owe(owed)
                await self._renew(owed)
                raise
        if not self._under_way and time.monotonic() - self._last_write > IDLE_AFTER_S:
            await self._rest()
            return
        unindexed = [*self._under_way.values(), *([] if self._failed_since is None else [self._failed_since])]
        await self._renew(min(unindexed, default=int(time.time() * 1000)))

    async def _rest(self) -> None:
        # A write that starts meanwhile waits here to announce itself again, after the removal.
        async with self._announcing:
            self._announced = False
            await WriterDocument.get_motor_collection().delete_one({"_id": self._id})


async def repair_since(ranks: RankIndex, since_ms: int) -> int:
    """Do for every entry written from `since_ms` on what its writer may not have come to.

    The enrollments are marked then and the lines are in the index; returns how many were looked at.
    Values are absolute and guarded, so repairing what is right already changes nothing.
    """
    await mark_missed(since_ms - MARGIN_MS)
    found = EntryDocument.get_motor_collection().find({"touched_at": {"$gte": since_ms - MARGIN_MS}})
    looked_at = 0
    changes: list[Change] = []
    async for row in found:
        looked_at += 1
        changes += changes_of(row)
        if len(changes) >= REPAIR_BATCH:
            await ranks.submit(changes)
            changes = []
    await ranks.submit(changes)
    return looked_at


async def mark_unfinished(leaderboard_id: str, cycle: int) -> None:
    """Make up for the marks of a cycle that writers, dead or slow, still owe."""
    first = await WriterDocument.get_motor_collection().find_one(sort=[("since", 1)])
    if first is not None:
        await mark_missed(first["since"] - MARGIN_MS, leaderboard_id=leaderboard_id, cycle=cycle)


def changes_of(row: Mapping[str, Any]) -> list[Change]:
    """What the index should hold of one stored entry: its line, and no line where it moved away from."""
    if row["state"] == EntryState.PENDING:
        return []
    account, version, score, at = row["account_id"], row["version"], row["score"], row["last_updated"]
    present = row["state"] != EntryState.DISQUALIFIED
    changes = [Change(row["shard_id"], account, version, score, at, present)]
    if left := row.get("left_shard_id"):
        changes.append(Change(left, account, version, score, at, present=False))
    return changes


async def repair_after_silent_writers(ranks: RankIndex) -> int:
    """Repair what dead or cut off writers may have left; returns how many entries were looked at."""
    writers = WriterDocument.get_motor_collection()
    silent = {
        "$expr": {"$lt": ["$seen_at", {"$subtract": ["$$NOW", SILENT_AFTER // timedelta(milliseconds=1)]}]}
    }
    looked_at = 0
    async for writer in writers.find(silent):
        looked_at += await repair_since(ranks, writer["since"])
        # Unless it spoke up meanwhile: then it answers for itself again.
        await writers.delete_one({"_id": writer["_id"], "seen_at": writer["seen_at"]})
        log.info("journal.repaired_after_silence", entries=looked_at)
    return looked_at
