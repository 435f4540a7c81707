"""Where players stand in the cycle they score in: looked up, nothing made.

A player has one entry per cycle and scope (the public leaderboard, or one guild). While a cycle is locked
its players score for the next one, in entries that are pending: they get a tier and a shard when it opens.
"""

import asyncio
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from app.game.disqualifications import Disqualified, read_disqualified
from app.game.documents import CycleState, EntryDocument, EntryState, PromotionStatus
from app.game.enrollments import Mark, bears, read_enrollments
from app.game.errors import AccountDisqualified, LeaderboardChanged
from app.game.leaderboards import Leaderboard
from app.game.receipts import Receipt
from app.game.rules.scoring import LineState
from app.game.transactions import Session
from app.kit.errors import LaurelError


class Player(NamedTuple):
    """One account in one scope and cycle of one leaderboard. Pending: the cycle is not open yet."""

    leaderboard: Leaderboard
    guild_id: str | None
    account_id: str
    cycle: int
    entry_id: str
    pending: bool = False


def player_of(leaderboard: Leaderboard, guild_id: str | None, account_id: str) -> Player:
    """The player in the running cycle, locked or not."""
    cycle = leaderboard.cycle
    return Player(
        leaderboard, guild_id, account_id, cycle, _entry_id(leaderboard, cycle, guild_id, account_id)
    )


def scorer_of(leaderboard: Leaderboard, guild_id: str | None, account_id: str) -> Player:
    """The player in the cycle that takes scores now: while the running one is locked, the next."""
    if leaderboard.state is CycleState.OPEN:
        return player_of(leaderboard, guild_id, account_id)
    cycle = leaderboard.cycle + 1
    entry_id = _entry_id(leaderboard, cycle, guild_id, account_id)
    return Player(leaderboard, guild_id, account_id, cycle, entry_id, pending=True)


def _entry_id(leaderboard: Leaderboard, cycle: int, guild_id: str | None, account_id: str) -> str:
    """The key that makes a second entry in one cycle and scope impossible."""
    return f"{leaderboard.leaderboard_id}/{cycle}/{guild_id or 'public'}/{account_id}"


@dataclass(slots=True)
class Placement:
    """A player's entry as last seen. A pending one has no shard yet: an empty id, and tier 0.

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


async def find(players: Sequence[Player]) -> Located:
    """What there is of these players; those who have yet to be placed are left out."""
    accounts = {player.account_id for player in players}
    entries, enrollments, disqualified = await asyncio.gather(
        read_entries([player.entry_id for player in players]),
        read_enrollments(accounts, {player.leaderboard.leaderboard_id for player in players}),
        read_disqualified(accounts),
    )
    records = {(row["account_id"], row["leaderboard_id"]): row for row in enrollments}
    places = {player.entry_id: _place_of(player, entries, records, disqualified) for player in players}
    return Located({entry_id: place for entry_id, place in places.items() if place is not None}, records)


async def read_entries(
    entry_ids: Collection[str], *, session: Session | None = None
) -> dict[str, dict[str, Any]]:
    """The entries of these ids, by id."""
    found = EntryDocument.get_motor_collection().find({"_id": {"$in": list(entry_ids)}}, session=session)
    return {row["_id"]: row for row in await found.to_list(None)}


def mark_of(player: Player, *, tier: int) -> Mark:
    """What a score of this player tells the enrollment."""
    return Mark(
        account_id=player.account_id,
        leaderboard_id=player.leaderboard.leaderboard_id,
        cycle=player.cycle,
        tier=tier,
        guild_id=player.guild_id,
    )


async def read_ending_receipts(players: Iterable[Player]) -> dict[str, Receipt]:
    """Of pending players, the receipts in their entries of the locked cycle, by id.

    They may have been copied nowhere: a process can die between a score and its receipt's copy.
    """
    ending = {
        _entry_id(player.leaderboard, player.leaderboard.cycle, player.guild_id, player.account_id)
        for player in players
        if player.pending
    }
    entries = await read_entries(ending) if ending else {}
    return {
        receipt_id: receipt
        for entry in entries.values()
        for receipt_id, receipt in _receipts_in(entry).items()
    }


def _place_of(
    player: Player,
    entries: Mapping[str, dict[str, Any]],
    enrollments: Mapping[tuple[str, str], dict[str, Any]],
    disqualified: Disqualified,
) -> Placement | LaurelError | None:
    leaderboard_id = player.leaderboard.leaderboard_id
    if disqualified.bars(player.account_id, leaderboard_id):
        return AccountDisqualified()
    entry = entries.get(player.entry_id)
    if entry is None or entry["state"] == EntryState.DISQUALIFIED:
        return None
    is_pending = entry["state"] == EntryState.PENDING
    if player.pending:
        return _pending_placement(entry) if is_pending else LeaderboardChanged()
    # Both are written in one transaction, and read beside each other: it may have come in between.
    enrollment = enrollments.get((player.account_id, leaderboard_id))
    return None if is_pending or enrollment is None else _placement(player, entry, enrollment)


def _placement(player: Player, entry: dict[str, Any], enrollment: dict[str, Any]) -> Placement:
    return Placement(
        entry_id=entry["_id"],
        shard_id=entry["shard_id"],
        tier=entry["tier"],
        line=line_of(entry),
        settled=bears(enrollment, mark_of(player, tier=entry["tier"])),
        acknowledged=enrollment["promotion_status"] == PromotionStatus.ACKNOWLEDGED,
        holds_receipts=bool(entry.get("receipts")),
        uncopied=_receipts_in(entry),
    )


def _pending_placement(entry: dict[str, Any]) -> Placement:
    """A pending entry tells the enrollment nothing until its cycle opens."""
    return Placement(
        entry_id=entry["_id"],
        shard_id="",
        tier=0,
        line=line_of(entry),
        settled=True,
        acknowledged=True,
        holds_receipts=bool(entry.get("receipts")),
        uncopied=_receipts_in(entry),
    )


def line_of(entry: Mapping[str, Any]) -> LineState:
    """The part of a stored entry that scores change."""
    return LineState(score=entry["score"], version=entry["version"], last_updated=entry["last_updated"])


def _receipts_in(entry: dict[str, Any]) -> dict[str, Receipt]:
    return {row["_id"]: Receipt.of_row(row) for row in entry.get("receipts", ())}
