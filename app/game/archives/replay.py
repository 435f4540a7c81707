"""An archive played again: a copy of it as a live shard of the running cycle; outside production only."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.game import audit
from app.game.disqualifications import read_disqualified
from app.game.documents import (
    CycleState,
    EnrollmentDocument,
    EntryDocument,
    EntryState,
    ShardDocument,
    new_id,
)
from app.game.enrollments import mark_active
from app.game.errors import NothingToCopy, RolloverRunning, UnknownArchive
from app.game.journal import WriteJournal, changes_of
from app.game.leaderboards import Leaderboard, Leaderboards
from app.game.placement import require_current
from app.game.players import Player, mark_of, player_of, read_entries
from app.game.shards import open_shard
from app.game.transactions import Session, in_transaction
from app.kit.clock import to_millis
from app.ranking.index import RankIndex

#: Entries that one transaction copies.
COPIED_AT_ONCE = 500

Row = dict[str, Any]


@dataclass(slots=True)
class Copy:
    """How far a copy of an archived shard has come, and how many of its players it could not take."""

    leaderboard: Leaderboard
    tier: int
    guild_id: str | None
    shard_id: str
    copied: int = 0
    left_out: int = 0

    @property
    def scope(self) -> Row:
        """What the shards it could be among have in common."""
        return {
            "leaderboard_id": self.leaderboard.leaderboard_id,
            "cycle": self.leaderboard.cycle,
            "tier": self.tier,
            "guild_id": self.guild_id,
        }

    @property
    def capacity(self) -> int | None:
        """The seats of a shard of its tier; guild shards have no limit."""
        return None if self.guild_id else self.leaderboard.definition.rule(self.tier).players_per_shard

    def player(self, account_id: str) -> Player:
        """A player of the archive in the running cycle."""
        return player_of(self.leaderboard, self.guild_id, account_id)


class Replays:
    """Brings archives back; one per process."""

    def __init__(self, leaderboards: Leaderboards, ranks: RankIndex, journal: WriteJournal) -> None:
        self._leaderboards = leaderboards
        self._ranks = ranks
        self._journal = journal

    async def copy_back(self, archive_id: str, *, actor: str, now: datetime) -> Copy:
        """Copy an archived shard, best ranks first, into the running cycle of its leaderboard.

        Who has an entry there already keeps that and is left out, as are the barred and those for whom the
        shard has no seat any more. Cut off anywhere and done again, it copies nobody twice. Raises
        UnknownArchive, UnknownLeaderboard, RolloverRunning, LeaderboardChanged if a rollover begins
        meanwhile, or NothingToCopy.
        """
        archive = await ShardDocument.get_motor_collection().find_one(
            {"_id": archive_id, "archive": {"$ne": None}}
        )
        if archive is None:
            raise UnknownArchive
        self._leaderboards.forget(archive["leaderboard_id"])
        leaderboard = await self._leaderboards.get(archive["leaderboard_id"])
        if leaderboard.state is CycleState.LOCKED:
            raise RolloverRunning
        tier = min(archive["tier"], leaderboard.definition.top_tier)
        copy = Copy(leaderboard, tier, archive["guild_id"], new_id())
        async for rows in _batches(archive_id):
            await self._copy(copy, rows, archive_id, actor=actor, now=now)
        if copy.copied == 0:
            raise NothingToCopy
        return copy

    async def _copy(
        self, copy: Copy, rows: Sequence[Row], archive_id: str, *, actor: str, now: datetime
    ) -> None:
        """Bring one batch into MongoDB and then into the index."""
        now_ms = to_millis(now)
        barred = await read_disqualified([row["account_id"] for row in rows])
        wanted = [row for row in rows if not barred.bars(row["account_id"], row["leaderboard_id"])]

        async def act(session: Session) -> list[Row]:
            await require_current(session, copy.leaderboard)
            entries = await self._seat(session, copy, await _missing(session, copy, wanted, now_ms), now)
            if entries and copy.copied == 0:
                await audit.record(
                    actor=actor,
                    action="archive.copied",
                    leaderboard_id=copy.leaderboard.leaderboard_id,
                    now=now,
                    details={"archiveId": archive_id, "shardId": copy.shard_id},
                    session=session,
                )
            return entries

        async with self._journal.writing(now_ms):
            entries = await in_transaction(act)
            await self._journal.index([change for row in entries for change in changes_of(row)], now_ms)
        copy.copied += len(entries)
        copy.left_out += len(rows) - len(entries)

    async def _seat(self, session: Session, copy: Copy, entries: Sequence[Row], now: datetime) -> list[Row]:
        """Those of the entries for whom the shard has room, with all that belongs to them written."""
        if not entries:
            return []
        shards = ShardDocument.get_motor_collection()
        shard = await shards.find_one({"_id": copy.shard_id}, session=session)
        if shard is None:
            shard = await self._open_shard(session, copy, now)
        capacity = copy.capacity
        room = len(entries) if capacity is None else max(0, capacity - shard["seats"])
        seated = [{**entry, "shard_id": shard["_id"]} for entry in entries[:room]]
        if seated:
            await shards.update_one({"_id": shard["_id"]}, {"$inc": {"seats": len(seated)}}, session=session)
            await EntryDocument.get_motor_collection().insert_many(seated, session=session)
            await _enroll(session, copy, seated)
        return seated

    async def _open_shard(self, session: Session, copy: Copy, now: datetime) -> Row:
        """The next shard of its tier; a guild that has one in the running cycle keeps to that one."""
        if copy.guild_id is not None:
            present: Row | None = await ShardDocument.get_motor_collection().find_one(
                copy.scope, session=session
            )
            if present is not None:
                copy.shard_id = present["_id"]
                return present
        copy.shard_id = await open_shard(self._ranks, session, copy.leaderboard, copy.scope, seats=0, now=now)
        return {"_id": copy.shard_id, "seats": 0}


async def _batches(archive_id: str) -> AsyncIterator[list[Row]]:
    """The entries of an archived shard in ranking order."""
    order = [("score", -1), ("last_updated", 1), ("account_id", 1)]
    archived = {"shard_id": archive_id, "state": EntryState.SEALED}
    found = EntryDocument.get_motor_collection().find(archived, {"receipts": 0}).sort(order)
    while rows := await found.to_list(COPIED_AT_ONCE):
        yield rows


async def _missing(session: Session, copy: Copy, archived: Sequence[Row], now_ms: int) -> list[Row]:
    """New entries for those who have none in the running cycle, with all they had at the end."""
    by_id = {copy.player(row["account_id"]).entry_id: row for row in archived}
    present = await read_entries(by_id, session=session)
    fresh = {
        "cycle": copy.leaderboard.cycle,
        "tier": copy.tier,
        "touched_at": now_ms,
        "state": EntryState.OPEN,
    }
    kept = ("leaderboard_id", "guild_id", "account_id", "score", "version", "last_updated")
    return [
        {"_id": entry_id, **{name: row[name] for name in kept}, **fresh}
        for entry_id, row in by_id.items()
        if entry_id not in present
    ]


async def _enroll(session: Session, copy: Copy, entries: Sequence[Row]) -> None:
    """Point the players' enrollments at the shard; who has a score is active in the running cycle."""
    placed: Row = {"guild_id": copy.guild_id}
    if copy.guild_id is None:
        placed = {"tier": copy.tier, "current_shard_id": copy.shard_id}
    await EnrollmentDocument.get_motor_collection().update_many(
        {
            "leaderboard_id": copy.leaderboard.leaderboard_id,
            "account_id": {"$in": [entry["account_id"] for entry in entries]},
        },
        {"$set": placed},
        session=session,
    )
    scored = [copy.player(entry["account_id"]) for entry in entries if entry["score"] > 0]
    await mark_active([mark_of(player, tier=copy.tier) for player in scored], session=session)
