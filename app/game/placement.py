"""Players without an entry get one, once: a seat in a shard, or a pending entry while the cycle is locked.

Placing is one transaction over shard, entry and enrollment, so a crash leaves all three or none.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from pymongo import UpdateOne

from app.game.disqualifications import read_disqualified, turn_into
from app.game.documents import (
    CycleState,
    EnrollmentDocument,
    EntryDocument,
    EntryState,
    LeaderboardDocument,
    new_id,
)
from app.game.enrollments import mark_active
from app.game.errors import LeaderboardChanged
from app.game.journal import WriteJournal, changes_of
from app.game.leaderboards import Leaderboard
from app.game.players import Located, Placement, Player, find, mark_of, player_of, read_entries
from app.game.shards import take_seats
from app.game.transactions import Session, in_transaction
from app.kit.clock import to_millis
from app.kit.errors import LaurelError
from app.ranking.index import RankIndex

#: Pending players who are placed together when their cycle opens.
PLACED_AT_ONCE = 200


class Placer:
    """Finds players' entries and makes the missing ones, one transaction at a time per process."""

    def __init__(self, ranks: RankIndex, journal: WriteJournal) -> None:
        self._ranks = ranks
        self._journal = journal
        self._one_at_a_time = asyncio.Lock()

    async def locate(self, players: Sequence[Player], now: datetime) -> Located:
        """A placement, or the refusal, for each player.

        Newcomers get an entry of 0, but none in a cycle that is locked: they are left out. Raises nothing
        about a single player: a disqualified one gets AccountDisqualified, one whose leaderboard has just
        changed LeaderboardChanged.
        """
        located = await find(players)
        newcomers = [
            player
            for player in players
            if player.entry_id not in located.places
            and (player.pending or player.leaderboard.state is CycleState.OPEN)
        ]
        if not newcomers:
            return located
        now_ms = to_millis(now)
        async with self._journal.writing(now_ms):
            async with self._one_at_a_time:
                refusals = await self._place_all(newcomers, now)
            # Of a leaderboard that has changed the cycle may be ending, in which nobody is let back.
            current = [player for player in newcomers if player.entry_id not in refusals]
            await _agree_with_disqualifications(current, now_ms)
            placed = await find(newcomers)
            rows = await read_entries([player.entry_id for player in newcomers])
            await self._journal.index([change for row in rows.values() for change in changes_of(row)], now_ms)
        return Located(
            places=located.places | refusals | placed.places,
            enrollments=located.enrollments | placed.enrollments,
        )

    async def place_pending(self, leaderboard: Leaderboard, now: datetime) -> int:
        """Place all who scored while the cycle before was locked; returns how many there were.

        Whoever is not reached, because this was cut off, is placed at the next score or look.
        """
        cycle = f"{leaderboard.leaderboard_id}/{leaderboard.cycle}"
        # The ids of a cycle's entries begin with its own and a slash, which 0 comes right after.
        wanted = {"_id": {"$gte": f"{cycle}/", "$lt": f"{cycle}0"}, "state": EntryState.PENDING}
        found = EntryDocument.get_motor_collection().find(wanted, {"guild_id": 1, "account_id": 1})
        placed = 0
        while rows := await found.to_list(PLACED_AT_ONCE):
            await self.locate(
                [player_of(leaderboard, row["guild_id"], row["account_id"]) for row in rows], now
            )
            placed += len(rows)
        return placed

    async def _place_all(
        self, newcomers: Sequence[Player], now: datetime
    ) -> dict[str, Placement | LaurelError]:
        by_cycle: dict[tuple[str, bool], list[Player]] = defaultdict(list)
        for player in newcomers:
            by_cycle[player.leaderboard.leaderboard_id, player.pending].append(player)
        refusals: dict[str, Placement | LaurelError] = {}
        for (_, pending), players in by_cycle.items():
            place = _keep_waiting if pending else self._place
            try:
                await in_transaction(partial(place, players=players, now=now))
            except LeaderboardChanged as refusal:
                refusals |= {player.entry_id: refusal for player in players}
        return refusals

    async def _place(self, session: Session, *, players: Sequence[Player], now: datetime) -> None:
        """Seat, entry and enrollment of every player of one leaderboard who has none yet."""
        leaderboard = players[0].leaderboard
        await require_current(session, leaderboard)
        present = await read_entries([player.entry_id for player in players], session=session)
        tiers = await _tiers(session, leaderboard, {player.account_id for player in players})
        groups: dict[tuple[int, str | None], list[Player]] = defaultdict(list)
        for player in {player.entry_id: player for player in players}.values():
            if _is_unplaced(present.get(player.entry_id)):
                groups[tiers[player.account_id], player.guild_id].append(player)
        entries: list[dict[str, Any]] = []
        for (tier, guild_id), group in groups.items():
            seats = await take_seats(
                self._ranks, session, leaderboard, tier=tier, guild_id=guild_id, count=len(group), now=now
            )
            for player, shard_id in zip(group, seats, strict=True):
                waiting = present.get(player.entry_id)
                entries.append({**(waiting or _entry(player, now)), **_seated(shard_id, tier, now)})
        if entries:
            await _store(session, entries)
            await _enroll(session, leaderboard, entries)
            await _mark_scorers(session, players, entries)


async def require_current(session: Session, leaderboard: Leaderboard) -> None:
    """Raise LeaderboardChanged unless rules and cycle are still those that were read: capacity is exact."""
    current = {
        "_id": leaderboard.leaderboard_id,
        "rules_version": leaderboard.rules_version,
        "definition": {"$ne": None},
        "cycle.number": leaderboard.cycle,
        "cycle.state": CycleState.OPEN,
    }
    stored = LeaderboardDocument.get_motor_collection()
    if await stored.find_one(current, {"_id": 1}, session=session) is None:
        raise LeaderboardChanged


async def _keep_waiting(session: Session, *, players: Sequence[Player], now: datetime) -> None:
    """Pending entries for players of one locked leaderboard who have none yet."""
    leaderboard = players[0].leaderboard
    # Counting them makes this and the opening of the next cycle conflict, so one of them sees the other.
    claimed = await LeaderboardDocument.get_motor_collection().update_one(
        {
            "_id": leaderboard.leaderboard_id,
            "definition": {"$ne": None},
            "cycle.number": leaderboard.cycle,
            "cycle.state": CycleState.LOCKED,
        },
        {"$inc": {"cycle.pending": len(players)}},
        session=session,
    )
    if claimed.matched_count == 0:
        raise LeaderboardChanged
    present = await read_entries([player.entry_id for player in players], session=session)
    missing = {player.entry_id: player for player in players if player.entry_id not in present}
    if missing:
        entries = [_entry(player, now) for player in missing.values()]
        await EntryDocument.get_motor_collection().insert_many(entries, session=session)


def _is_unplaced(entry: Mapping[str, Any] | None) -> bool:
    return entry is None or entry["state"] == EntryState.PENDING


async def _tiers(session: Session, leaderboard: Leaderboard, account_ids: set[str]) -> dict[str, int]:
    """Each account's tier, lowered to the highest that still exists; newcomers start at 0."""
    found = EnrollmentDocument.get_motor_collection().find(
        {"account_id": {"$in": list(account_ids)}, "leaderboard_id": leaderboard.leaderboard_id},
        {"account_id": 1, "tier": 1},
        session=session,
    )
    tiers = dict.fromkeys(account_ids, 0)
    tiers |= {row["account_id"]: row["tier"] async for row in found}
    return {account: min(tier, leaderboard.definition.top_tier) for account, tier in tiers.items()}


def _entry(player: Player, now: datetime) -> dict[str, Any]:
    now_ms = to_millis(now)
    return {
        "_id": player.entry_id,
        "leaderboard_id": player.leaderboard.leaderboard_id,
        "cycle": player.cycle,
        "tier": None,
        "shard_id": None,
        "guild_id": player.guild_id,
        "account_id": player.account_id,
        "score": 0,
        "version": 0,
        "last_updated": now_ms,
        "touched_at": now_ms,
        "state": EntryState.PENDING,
    }


def _seated(shard_id: str, tier: int, now: datetime) -> dict[str, Any]:
    return {"shard_id": shard_id, "tier": tier, "state": EntryState.OPEN, "touched_at": to_millis(now)}


async def _store(session: Session, entries: Sequence[dict[str, Any]]) -> None:
    """New entries are inserted; of those that waited only the seat is written, their scores are theirs."""
    stored = EntryDocument.get_motor_collection()
    seats = ("shard_id", "tier", "state", "touched_at")
    await stored.bulk_write(
        [
            UpdateOne(
                {"_id": entry["_id"]},
                {
                    "$set": {field: entry[field] for field in seats},
                    "$setOnInsert": {field: entry[field] for field in entry if field not in ("_id", *seats)},
                },
                upsert=True,
            )
            for entry in entries
        ],
        session=session,
    )


async def _enroll(session: Session, leaderboard: Leaderboard, entries: Sequence[Mapping[str, Any]]) -> None:
    """Find or create the enrollments, each pointing at the shard its player was placed in.

    Rollovers of earlier cycles are over, so none of their steps may still decide about these players.
    """
    over = {"settled_cycle": leaderboard.cycle - 1, "season_cycle": leaderboard.cycle - 1}
    writes = []
    for entry in entries:
        key = {"account_id": entry["account_id"], "leaderboard_id": leaderboard.leaderboard_id}
        fresh = EnrollmentDocument(**key, tier=entry["tier"]).model_dump(exclude={"id", "revision_id", *key})
        placed: dict[str, Any] = {"tier": entry["tier"]}
        if entry["guild_id"]:
            placed["guild_id"] = entry["guild_id"]
        else:
            placed["current_shard_id"] = entry["shard_id"]
        first = {field: value for field, value in fresh.items() if field not in placed | over}
        writes.append(
            UpdateOne(
                key, {"$set": placed, "$max": over, "$setOnInsert": {"_id": new_id(), **first}}, upsert=True
            )
        )
    await EnrollmentDocument.get_motor_collection().bulk_write(writes, session=session)


async def _mark_scorers(
    session: Session, players: Iterable[Player], entries: Sequence[Mapping[str, Any]]
) -> None:
    """Tell the enrollments of those who scored while they waited."""
    by_id = {player.entry_id: player for player in players}
    await mark_active(
        (mark_of(by_id[entry["_id"]], tier=entry["tier"]) for entry in entries if entry["version"]),
        session=session,
    )


async def _agree_with_disqualifications(players: Sequence[Player], now_ms: int) -> None:
    """Close the entries of those who are barred, and reopen those of nobody's disqualification.

    Read after the entries exist: whoever disqualifies from now on finds them and closes them. The other
    way round it mends what a reinstatement cut off in the middle has left.
    """
    disqualified = await read_disqualified({player.account_id for player in players})
    by_state: dict[EntryState, list[str]] = {EntryState.OPEN: [], EntryState.DISQUALIFIED: []}
    for player in players:
        is_barred = disqualified.bars(player.account_id, player.leaderboard.leaderboard_id)
        by_state[EntryState.DISQUALIFIED if is_barred else EntryState.OPEN].append(player.entry_id)
    for state, other in (
        (EntryState.DISQUALIFIED, EntryState.OPEN),
        (EntryState.OPEN, EntryState.DISQUALIFIED),
    ):
        if by_state[state]:
            await EntryDocument.get_motor_collection().update_many(
                # One with a rank belongs to a cycle that has ended: that stays as it was.
                {"_id": {"$in": by_state[state]}, "state": other, "rank": None},
                turn_into(state, now_ms),
            )
