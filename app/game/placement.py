"""Where a player stands in a cycle: found, or made once.

A player has one entry per cycle and scope (the public leaderboard, or one guild). Placing is one
transaction over shard, entry and enrollment, so a crash leaves all three or none.
"""

import asyncio
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple

from pymongo import UpdateOne

from app.game.disqualifications import read_disqualified
from app.game.documents import (
    CycleState,
    EnrollmentDocument,
    EntryDocument,
    EntryState,
    LeaderboardDocument,
    PromotionStatus,
    new_id,
)
from app.game.enrollments import Mark, bears, read_enrollments
from app.game.errors import AccountDisqualified, LeaderboardChanged
from app.game.journal import WriteJournal, changes_of
from app.game.leaderboards import Leaderboard
from app.game.receipts import Receipt
from app.game.rules.scoring import LineState
from app.game.shards import take_seats
from app.game.transactions import Session, in_transaction
from app.kit.clock import to_millis
from app.kit.errors import LaurelError
from app.ranking.index import RankIndex


class Player(NamedTuple):
    """One account in one scope of one leaderboard as it stands now."""

    leaderboard: Leaderboard
    guild_id: str | None
    account_id: str
    entry_id: str


def player_of(leaderboard: Leaderboard, guild_id: str | None, account_id: str) -> Player:
    """The player, with the key that makes a second entry in this cycle and scope impossible."""
    entry_id = f"{leaderboard.leaderboard_id}/{leaderboard.cycle}/{guild_id or 'public'}/{account_id}"
    return Player(leaderboard, guild_id, account_id, entry_id)


@dataclass(slots=True)
class Placement:
    """A player's entry as last seen.

    `settled`: the enrollment already says all that a score of this cycle could make it say.
    `acknowledged`: the player has seen what the last rollover did. `holds_receipts`: the entry has some
    inside; `uncopied` are those of which no copy is known to exist, by id.
    """

    entry_id: str
    shard_id: str
    tier: int
    line: LineState
    settled: bool
    acknowledged: bool
    holds_receipts: bool
    uncopied: dict[str, Receipt]


@dataclass(slots=True)
class Located:
    """Where players stand, by entry id, and their enrollments, by account and leaderboard."""

    places: dict[str, Placement | LaurelError]
    enrollments: dict[tuple[str, str], dict[str, Any]]


class Placer:
    """Finds players' entries and makes the missing ones, one transaction at a time per process."""

    def __init__(self, ranks: RankIndex, journal: WriteJournal) -> None:
        self._ranks = ranks
        self._journal = journal
        self._one_at_a_time = asyncio.Lock()

    async def locate(self, players: Sequence[Player], now: datetime) -> Located:
        """A placement, or the refusal, for each player.

        Newcomers get an entry of 0. Raises nothing about a single player: a disqualified one gets
        AccountDisqualified, one whose leaderboard has just changed LeaderboardChanged.
        """
        located = await find(players)
        newcomers = [player for player in players if player.entry_id not in located.places]
        if not newcomers:
            return located
        now_ms = to_millis(now)
        async with self._journal.writing(now_ms):
            async with self._one_at_a_time:
                refusals = await self._place_all(newcomers, now)
            await _agree_with_disqualifications(newcomers, now_ms)
            placed = await find(newcomers)
            rows = await read_entries([player.entry_id for player in newcomers])
            await self._journal.index([change for row in rows.values() for change in changes_of(row)], now_ms)
        return Located(
            places=located.places | refusals | placed.places,
            enrollments=located.enrollments | placed.enrollments,
        )

    async def _place_all(
        self, newcomers: Sequence[Player], now: datetime
    ) -> dict[str, Placement | LaurelError]:
        by_leaderboard: dict[str, list[Player]] = defaultdict(list)
        for player in newcomers:
            by_leaderboard[player.leaderboard.leaderboard_id].append(player)
        refusals: dict[str, Placement | LaurelError] = {}
        for players in by_leaderboard.values():
            try:
                await in_transaction(partial(self._place, players=players, now=now))
            except LeaderboardChanged as refusal:
                refusals |= {player.entry_id: refusal for player in players}
        return refusals

    async def _place(self, session: Session, *, players: Sequence[Player], now: datetime) -> None:
        """Seat, entry and enrollment of every player of one leaderboard who has none yet."""
        leaderboard = players[0].leaderboard
        await require_current(session, leaderboard)
        present = await read_entries([player.entry_id for player in players], session=session)
        missing = {player.entry_id: player for player in players if player.entry_id not in present}
        tiers = await _tiers(session, leaderboard, {player.account_id for player in players})
        groups: dict[tuple[int, str | None], list[Player]] = defaultdict(list)
        for player in missing.values():
            groups[tiers[player.account_id], player.guild_id].append(player)
        entries: list[dict[str, Any]] = []
        for (tier, guild_id), group in groups.items():
            seats = await take_seats(
                self._ranks, session, leaderboard, tier=tier, guild_id=guild_id, count=len(group), now=now
            )
            entries += [
                _entry(player, shard_id, tier, now) for player, shard_id in zip(group, seats, strict=True)
            ]
        if entries:
            await EntryDocument.get_motor_collection().insert_many(entries, session=session)
            await _enroll(session, leaderboard, entries)


async def find(players: Sequence[Player]) -> Located:
    """What there is of these players, without placing anyone."""
    accounts = {player.account_id for player in players}
    entries, enrollments, disqualified = await asyncio.gather(
        read_entries([player.entry_id for player in players]),
        read_enrollments(accounts, {player.leaderboard.leaderboard_id for player in players}),
        read_disqualified(accounts),
    )
    records = {(row["account_id"], row["leaderboard_id"]): row for row in enrollments}
    places: dict[str, Placement | LaurelError] = {}
    for player in players:
        key = (player.account_id, player.leaderboard.leaderboard_id)
        if disqualified.bars(*key):
            places[player.entry_id] = AccountDisqualified()
        elif (entry := entries.get(player.entry_id)) and entry["state"] != EntryState.DISQUALIFIED:
            places[player.entry_id] = _placement(entry, records[key])
    return Located(places, records)


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


async def read_entries(
    entry_ids: Collection[str], *, session: Session | None = None
) -> dict[str, dict[str, Any]]:
    """The entries of these ids, by id."""
    found = EntryDocument.get_motor_collection().find({"_id": {"$in": list(entry_ids)}}, session=session)
    return {row["_id"]: row async for row in found}


def _placement(entry: dict[str, Any], enrollment: dict[str, Any]) -> Placement:
    line = LineState(score=entry["score"], version=entry["version"], last_updated=entry["last_updated"])
    mark = Mark(
        account_id=entry["account_id"],
        leaderboard_id=entry["leaderboard_id"],
        cycle=entry["cycle"],
        tier=entry["tier"],
        guild_id=entry["guild_id"],
        shard_id=entry["shard_id"],
    )
    return Placement(
        entry_id=entry["_id"],
        shard_id=entry["shard_id"],
        tier=entry["tier"],
        line=line,
        settled=bears(enrollment, mark),
        acknowledged=enrollment["promotion_status"] == PromotionStatus.ACKNOWLEDGED,
        holds_receipts=bool(entry.get("receipts")),
        uncopied={row["_id"]: Receipt.of_row(row) for row in entry.get("receipts", ())},
    )


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


def _entry(player: Player, shard_id: str, tier: int, now: datetime) -> dict[str, Any]:
    now_ms = to_millis(now)
    return {
        "_id": player.entry_id,
        "leaderboard_id": player.leaderboard.leaderboard_id,
        "cycle": player.leaderboard.cycle,
        "tier": tier,
        "shard_id": shard_id,
        "guild_id": player.guild_id,
        "account_id": player.account_id,
        "score": 0,
        "version": 0,
        "last_updated": now_ms,
        "touched_at": now_ms,
        "state": EntryState.OPEN,
    }


async def _enroll(session: Session, leaderboard: Leaderboard, entries: Sequence[dict[str, Any]]) -> None:
    """Find or create the enrollments, each pointing at the shard its player was placed in."""
    writes = []
    for entry in entries:
        key = {"account_id": entry["account_id"], "leaderboard_id": leaderboard.leaderboard_id}
        fresh = EnrollmentDocument(**key, tier=entry["tier"]).model_dump(exclude={"id", "revision_id", *key})
        placed: dict[str, Any] = {"tier": entry["tier"]}
        if entry["guild_id"]:
            placed["guild_id"] = entry["guild_id"]
        else:
            placed["current_shard_id"] = entry["shard_id"]
        first = {"_id": new_id(), **{field: value for field, value in fresh.items() if field not in placed}}
        writes.append(UpdateOne(key, {"$set": placed, "$setOnInsert": first}, upsert=True))
    await EnrollmentDocument.get_motor_collection().bulk_write(writes, session=session)


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
                {"_id": {"$in": by_state[state]}, "state": other},
                {"$set": {"state": state, "touched_at": now_ms}, "$inc": {"version": 1}},
            )
