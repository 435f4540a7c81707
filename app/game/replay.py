"""An archive played again: a copy of it as a live shard of the running cycle; outside production only."""

import contextlib
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pymongo import UpdateOne

from app.game import audit
from app.game.disqualifications import read_disqualified
from app.game.documents import (
    CycleState,
    EnrollmentDocument,
    EntryDocument,
    EntryState,
    LeaderboardDocument,
    ShardDocument,
    ShardStage,
    new_id,
)
from app.game.errors import NothingToCopy, RolloverRunning, UnknownArchive
from app.game.journal import WriteJournal, changes_of
from app.game.leaderboards import Leaderboard, Leaderboards
from app.game.placement import require_current
from app.game.players import player_of, read_entries
from app.game.transactions import Session, in_transaction
from app.kit.clock import to_millis
from app.ranking.errors import RankIndexAway
from app.ranking.index import RankIndex

#: Entries that one transaction copies.
COPIED_AT_ONCE = 500

Row = dict[str, Any]


@dataclass(slots=True)
class Copy:
    """How far a copy has come: whom it has taken, and how many of the archive it could not take."""

    leaderboard: Leaderboard
    shard: Row
    copied: int = 0
    left_out: int = 0

    @property
    def shard_id(self) -> str:
        """The live shard."""
        return str(self.shard["_id"])

    def entry_id(self, account_id: str) -> str:
        """The entry that a player of the archive has in the running cycle."""
        return player_of(self.leaderboard, self.shard["guild_id"], account_id).entry_id


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
        copy = Copy(leaderboard, _live_shard(archive, leaderboard, now))
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
                details = {"archiveId": archive_id, "shardId": copy.shard_id}
                await audit.record(
                    actor=actor,
                    action="archive.copied",
                    leaderboard_id=copy.leaderboard.leaderboard_id,
                    now=now,
                    details=details,
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
        shard = await self._open(session, copy)
        capacity = None if shard["guild_id"] else copy.leaderboard.definition.rule(shard["tier"]).players_per_shard
        seated = list(entries if capacity is None else entries[: max(0, capacity - shard["seats"])])
        if seated:
            await ShardDocument.get_motor_collection().update_one(
                {"_id": shard["_id"]}, {"$inc": {"seats": len(seated)}}, session=session
            )
            await EntryDocument.get_motor_collection().insert_many(seated, session=session)
            await _enroll(session, seated)
        return seated

    async def _open(self, session: Session, copy: Copy) -> Row:
        """The live shard as it is; opened if it is not there."""
        shards = ShardDocument.get_motor_collection()
        shard: Row | None = await shards.find_one({"_id": copy.shard_id}, session=session)
        if shard is None:
            shard = await self._open_new(session, copy)
        return shard
