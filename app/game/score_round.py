"""One attempt at a batch of scores: fold, mark, store. Decides nothing about who may."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from app.game.documents import EntryState
from app.game.enrollments import Mark, mark_active
from app.game.entry_writes import EntryWrite, write_entries
from app.game.errors import ScoreOverflow
from app.game.players import Placement, Player, mark_of
from app.game.receipts import Receipt, RequestKey, ScoreAnswer, keep_receipts
from app.game.rules.scoring import LineState, scored


class ScoreOrder(NamedTuple):
    """One non-zero score to be added, of a caller who may."""

    account_id: str
    leaderboard_id: str
    guild_id: str | None
    delta: int
    key: RequestKey | None = None


def keyed(order: ScoreOrder, *, caller: str, key: str) -> ScoreOrder:
    """The order under a caller's idempotency key, which stands for exactly this order from now on."""
    fingerprint = f"{order.account_id}/{order.leaderboard_id}/{order.guild_id}/{order.delta}"
    return order._replace(key=RequestKey(caller, key, fingerprint))


@dataclass(slots=True, eq=False)
class Ticket:
    """An order on its way: no outcome means it needs another round."""

    order: ScoreOrder
    outcome: ScoreAnswer | Exception | None = None

    def answer_from(self, receipts: Mapping[str, Receipt]) -> bool:
        """If its key has been answered before, answer it with that; true if so."""
        key = self.order.key
        receipt = receipts.get(key.receipt_id) if key else None
        if key is None or receipt is None:
            return False
        self.outcome = receipt.reply_to(key)
        return True


@dataclass(slots=True, eq=False)
class EntryOrders:
    """All orders of one round for one entry, in the order they came, and what becomes of the entry."""

    player: Player
    placement: Placement
    just_read: bool
    tickets: list[Ticket] = field(default_factory=list)
    answers: list[tuple[Ticket, ScoreAnswer]] = field(default_factory=list)
    receipts: list[Receipt] = field(default_factory=list)
    write: EntryWrite | None = None

    def fold(self, now: datetime, now_ms: int) -> None:
        """Add up the orders into one write, and answer those the entry itself has a receipt for.

        An order that would overflow is refused by itself, but only by an entry just read: one that was
        remembered may have been lowered by another process, so such an order waits for the next round.
        """
        line = self.placement.line
        for ticket in self.tickets:
            if ticket.outcome is not None:
                continue
            if ticket.answer_from(self.placement.uncopied):
                continue
            key = ticket.order.key
            try:
                line = scored(line, delta=ticket.order.delta, now_ms=now_ms)
            except ScoreOverflow as refusal:
                ticket.outcome = refusal if self.just_read else None
                continue
            answer = self._answer(line)
            self.answers.append((ticket, answer))
            if key is not None:
                self.receipts.append(Receipt(key.receipt_id, key.fingerprint, answer, now))
        if self.answers:
            self.write = self._write(line)

    def _write(self, line: LineState) -> EntryWrite:
        placement = self.placement
        held = [*placement.uncopied.values(), *self.receipts]
        return EntryWrite(
            entry_id=placement.entry_id,
            account_id=self.player.account_id,
            follows=placement.line.version,
            after=line,
            receipts=held if held or placement.holds_receipts else None,
            found=EntryState.PENDING if self.player.pending else EntryState.OPEN,
            scored=True,
        )

    def mark(self) -> Mark:
        """What the enrollment learns of these scores."""
        return mark_of(self.player, tier=self.placement.tier)

    def _answer(self, line: LineState) -> ScoreAnswer:
        placement = self.placement
        return ScoreAnswer(
            leaderboard_id=self.player.leaderboard.leaderboard_id,
            shard_id=None if self.player.pending else placement.shard_id,
            guild_id=self.player.guild_id,
            account_id=self.player.account_id,
            cycle=self.player.cycle,
            tier=None if self.player.pending else placement.tier,
            score=line.score,
            version=line.version,
            last_updated=line.last_updated,
        )


async def store(
    entries: Collection[EntryOrders], *, now_ms: int
) -> tuple[list[EntryOrders], list[EntryOrders]]:
    """Write the round; returns the entries that were written and those that someone else wrote first.

    Enrollments are marked afterwards, by those scores only that were taken: one that misses its entry may
    count in another cycle. A mark that a crash has left out is made up for from the entries.
    """
    writing = [entry for entry in entries if entry.write is not None]
    missed = await write_entries([entry.write for entry in writing if entry.write], now_ms=now_ms)
    written = [entry for entry in writing if entry.placement.entry_id not in missed]
    await _mark(written)
    await _copy_receipts(written)
    # Whoever was answered from an entry is answered from the collection next time, rank and all.
    await keep_receipts(
        receipt for entry in entries if entry.write is None for receipt in entry.placement.uncopied.values()
    )
    return written, [entry for entry in writing if entry.placement.entry_id in missed]


async def _copy_receipts(written: Iterable[EntryOrders]) -> None:
    """Copy what the entries now hold; from then on the next write may drop it from the entry."""
    holding = [entry for entry in written if entry.write and entry.write.receipts is not None]
    await keep_receipts(receipt for entry in holding for receipt in entry.write.receipts or ())  # type: ignore[union-attr]
    for entry in holding:
        entry.placement.holds_receipts = bool(entry.write and entry.write.receipts)
        entry.placement.uncopied = {}


async def _mark(entries: Iterable[EntryOrders]) -> None:
    unsettled = [entry for entry in entries if not entry.placement.settled]
    if not unsettled:
        return
    await mark_active([entry.mark() for entry in unsettled])
    for entry in unsettled:
        # Until the player acknowledges the last rollover, each score must look at it again.
        entry.placement.settled = entry.placement.acknowledged
