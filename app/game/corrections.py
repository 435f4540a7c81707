"""What administrators set by hand: scores of entered players, and the tier a player competes in."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.game import audit
from app.game.documents import EnrollmentDocument, EntryDocument, EntryState, PromotionStatus, ShardDocument
from app.game.entry_writes import EntryWrite, write_entries
from app.game.errors import (
    AccountDisqualified,
    InvalidDefinition,
    LeaderboardChanged,
    TooContended,
    UnknownEnrollment,
)
from app.game.journal import WriteJournal, changes_of
from app.game.leaderboards import Leaderboard, Leaderboards
from app.game.placement import Placer, require_current
from app.game.players import Player, line_of, player_of, read_entries
from app.game.rules.scoring import set_to
from app.game.shards import take_seats
from app.game.transactions import Session, in_transaction
from app.kit.clock import to_millis
from app.kit.errors import LaurelError, Problem
from app.ranking.index import RankIndex

MOST_ROUNDS = 20


@dataclass(frozen=True, slots=True)
class TierChange:
    """Where an administrator puts a player, and optionally with which score."""

    account_id: str
    leaderboard_id: str
    tier: int
    score: int | None = None


class Corrections:
    """Sets what scores and rollovers would otherwise decide."""

    def __init__(
        self, leaderboards: Leaderboards, placer: Placer, ranks: RankIndex, journal: WriteJournal
    ) -> None:
        self._leaderboards = leaderboards
        self._placer = placer
        self._ranks = ranks
        self._journal = journal

    async def set_scores(
        self, leaderboard_id: str, scores: Sequence[tuple[str, int]], *, actor: str, now: datetime
    ) -> list[int | LaurelError]:
        """Set public scores; per item the new version, or why not: only entered players can be set.

        Later items of one account win. Raises UnknownLeaderboard.
        """
        leaderboard = await self._leaderboards.get(leaderboard_id)
        wanted = dict(scores)
        refused: dict[str, LaurelError] = {}
        versions: dict[str, int] = {}
        now_ms = time.time_ns() // 1_000_000
        async with self._journal.writing(now_ms):
            for _ in range(MOST_ROUNDS):
                left = [account for account in wanted if account not in refused and account not in versions]
                if not left:
                    break
                versions |= await self._set_round(leaderboard, {a: wanted[a] for a in left}, refused, now_ms)
        await audit.record(
            actor=actor,
            action="scores.set",
            leaderboard_id=leaderboard_id,
            now=now,
            details={"scores": {account: wanted[account] for account in versions}},
        )
        return [versions.get(account) or refused.get(account) or TooContended() for account, _ in scores]

    async def set_tier(self, change: TierChange, *, actor: str, now: datetime) -> None:
        """Move a player into a shard of a tier, acknowledged, and active if the score is above 0.

        Raises UnknownLeaderboard, AccountDisqualified, Invalid for a tier the leaderboard does not have, or
        LeaderboardChanged while its cycle is ending.
        """
        for _ in range(MOST_ROUNDS):
            try:
                await self._set_tier(change, actor=actor, now=now)
            except LeaderboardChanged:
                self._leaderboards.forget(change.leaderboard_id)
            else:
                return
        raise LeaderboardChanged

    async def _set_tier(self, change: TierChange, *, actor: str, now: datetime) -> None:
        leaderboard = await self._leaderboards.get(change.leaderboard_id)
        if change.tier > leaderboard.definition.top_tier:
            problem = Problem("is not a tier of this leaderboard", pointer="/tier")
            raise InvalidDefinition("Nothing was changed.", problems=[problem])
        player = player_of(leaderboard, None, change.account_id)

        async def act(session: Session) -> dict[str, Any]:
            return await self._move(session, player, change, actor=actor, now=now)

        now_ms = to_millis(now)
        async with self._journal.writing(now_ms):
            located = await self._placer.locate([player], now)
            place = located.places.get(player.entry_id, LeaderboardChanged())
            if isinstance(place, LaurelError):
                raise place
            row = await in_transaction(act)
            await self._journal.index(changes_of(row), now_ms)

    async def _set_round(
        self, leaderboard: Leaderboard, wanted: dict[str, int], refused: dict[str, LaurelError], now_ms: int
    ) -> dict[str, int]:
        players = {account: player_of(leaderboard, None, account).entry_id for account in wanted}
        rows = await read_entries(players.values())
        writes = []
        for account, entry_id in players.items():
            row = rows.get(entry_id)
            if row is None:
                refused[account] = UnknownEnrollment()
            elif row["state"] != EntryState.OPEN:
                is_over = row["state"] == EntryState.SEALED
                refused[account] = LeaderboardChanged() if is_over else AccountDisqualified()
            else:
                after = set_to(line_of(row), score=wanted[account], now_ms=now_ms)
                writes.append(EntryWrite(entry_id, account, row["version"], after))
        missed = await write_entries(writes, now_ms=now_ms)
        written = [write for write in writes if write.entry_id not in missed]
        stored = await read_entries([write.entry_id for write in written])
        await self._journal.index([change for row in stored.values() for change in changes_of(row)], now_ms)
        return {write.account_id: write.after.version for write in written}

    async def _move(
        self, session: Session, player: Player, change: TierChange, *, actor: str, now: datetime
    ) -> dict[str, Any]:
        """The entry after it left its shard and took a seat in one of the new tier."""
        await require_current(session, player.leaderboard)
        row = (await read_entries([player.entry_id], session=session))[player.entry_id]
        if row["state"] != EntryState.OPEN:
            raise AccountDisqualified
        line = set_to(
            line_of(row), score=row["score"] if change.score is None else change.score, now_ms=to_millis(now)
        )
        shard_id = row["shard_id"]
        if row["tier"] != change.tier:
            (shard_id,) = await take_seats(
                self._ranks, session, player.leaderboard, tier=change.tier, guild_id=None, count=1, now=now
            )
            await ShardDocument.get_motor_collection().update_one(
                {"_id": row["shard_id"]}, {"$inc": {"seats": -1}}, session=session
            )
        moved = {
            "tier": change.tier,
            "shard_id": shard_id,
            "left_shard_id": row["shard_id"] if shard_id != row["shard_id"] else row.get("left_shard_id"),
            "score": line.score,
            "version": line.version,
            "last_updated": line.last_updated,
            "touched_at": to_millis(now),
            "scored": line.score > 0,
        }
        await EntryDocument.get_motor_collection().update_one(
            {"_id": player.entry_id}, {"$set": moved}, session=session
        )
        await _set_enrollment(session, player, change.tier, shard_id, active=line.score > 0)
        await audit.record(
            actor=actor,
            action="enrollment.tier_set",
            leaderboard_id=change.leaderboard_id,
            account_id=change.account_id,
            now=now,
            details={"tier": change.tier, "score": line.score},
            session=session,
        )
        return row | moved


async def _set_enrollment(
    session: Session, player: Player, tier: int, shard_id: str, *, active: bool
) -> None:
    await EnrollmentDocument.get_motor_collection().update_one(
        {"account_id": player.account_id, "leaderboard_id": player.leaderboard.leaderboard_id},
        {
            # Rollovers of earlier cycles have nothing more to decide about this player.
            "$max": {"settled_cycle": player.cycle - 1},
            "$set": {
                "tier": tier,
                "seasonal_max_tier": tier,
                "active_cycle": player.leaderboard.cycle if active else None,
                "promotion_status": PromotionStatus.ACKNOWLEDGED,
                "current_shard_id": shard_id,
                # A tier that was set wins no seasonal reward, as long as nothing has been scored.
                **({"scored_in_season": True} if active else {}),
            },
        },
        session=session,
    )
