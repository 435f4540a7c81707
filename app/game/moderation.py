"""Disqualification: scores stop, lines vanish, ranks close up; nothing is deleted, all can be undone."""

import time
from datetime import datetime
from typing import Any

from app.game import audit
from app.game.disqualifications import read_disqualified, turn_into
from app.game.documents import CycleState, DisqualificationDocument, EntryDocument, EntryState, new_id
from app.game.errors import UnknownLeaderboard
from app.game.journal import WriteJournal, changes_of
from app.game.leaderboards import Leaderboards
from app.game.placement import Placer
from app.game.players import player_of


class Moderation:
    """Bars accounts and lets them back."""

    def __init__(self, leaderboards: Leaderboards, placer: Placer, journal: WriteJournal) -> None:
        self._leaderboards = leaderboards
        self._placer = placer
        self._journal = journal

    async def disqualify(
        self, account_id: str, leaderboard_id: str | None, *, reason: str, actor: str, now: datetime
    ) -> None:
        """Bar an account from one leaderboard or from all. Raises UnknownLeaderboard."""
        await self._require_known(leaderboard_id)
        await DisqualificationDocument.get_motor_collection().update_one(
            {"account_id": account_id, "leaderboard_id": leaderboard_id},
            {"$set": {"reason": reason}, "$setOnInsert": {"_id": new_id(), "since": now}},
            upsert=True,
        )
        wanted: dict[str, Any] = {"account_id": account_id, "state": EntryState.OPEN}
        if leaderboard_id is not None:
            wanted["leaderboard_id"] = leaderboard_id
        await self._turn(wanted, EntryState.DISQUALIFIED)
        await audit.record(
            actor=actor,
            action="account.disqualified",
            leaderboard_id=leaderboard_id,
            account_id=account_id,
            now=now,
            details={"reason": reason},
        )

    async def reinstate(
        self, account_id: str, leaderboard_id: str | None, *, actor: str, now: datetime
    ) -> None:
        """Undo a disqualification; doing so twice is fine. Raises UnknownLeaderboard."""
        await self._require_known(leaderboard_id)
        await DisqualificationDocument.get_motor_collection().delete_one(
            {"account_id": account_id, "leaderboard_id": leaderboard_id}
        )
        still = await read_disqualified([account_id])
        found = EntryDocument.get_motor_collection().find(
            {"account_id": account_id, "state": EntryState.DISQUALIFIED}
        )
        reopened = [
            row["_id"]
            async for row in found
            if not still.bars(account_id, row["leaderboard_id"]) and await self._is_running(row)
        ]
        await self._turn({"_id": {"$in": reopened}, "state": EntryState.DISQUALIFIED}, EntryState.OPEN)
        await self._place_pending(account_id, now)
        await audit.record(
            actor=actor,
            action="account.reinstated",
            leaderboard_id=leaderboard_id,
            account_id=account_id,
            now=now,
        )

    async def _turn(self, wanted: dict[str, Any], state: EntryState) -> None:
        """Put the wanted entries into a state, in MongoDB and then in the index."""
        entries = EntryDocument.get_motor_collection()
        now_ms = time.time_ns() // 1_000_000
        async with self._journal.writing(now_ms):
            turned = [row["_id"] async for row in entries.find(wanted, {"_id": 1})]
            await entries.update_many(
                # One with a rank belongs to a cycle that has ended: that stays as it was.
                {"_id": {"$in": turned}, "state": wanted["state"], "rank": None},
                turn_into(state, now_ms),
            )
            rows = [row async for row in entries.find({"_id": {"$in": turned}})]
            await self._journal.index([change for row in rows for change in changes_of(row)], now_ms)

    async def _place_pending(self, account_id: str, now: datetime) -> None:
        """Give what the account scored between two cycles its place, if it was barred when that was done."""
        waiting = EntryDocument.get_motor_collection().find(
            {"account_id": account_id, "state": EntryState.PENDING}
        )
        players = [
            player_of(await self._leaderboards.get(row["leaderboard_id"]), row["guild_id"], account_id)
            async for row in waiting
            if await self._is_running(row)
        ]
        if players:
            await self._placer.locate(players, now)

    async def _is_running(self, entry: dict[str, Any]) -> bool:
        # What was remembered may be from before the end of the entry's cycle.
        self._leaderboards.forget(entry["leaderboard_id"])
        try:
            leaderboard = await self._leaderboards.get(entry["leaderboard_id"])
        except UnknownLeaderboard:
            return False
        return leaderboard.state is CycleState.OPEN and leaderboard.cycle == int(entry["cycle"])

    async def _require_known(self, leaderboard_id: str | None) -> None:
        if leaderboard_id is not None:
            await self._leaderboards.get(leaderboard_id)
