"""One attempt at a batch of scores: fold, mark, store. Decides nothing about who may."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from app.game.enrollments import Mark, mark_active
from app.game.entry_writes import EntryWrite, write_entries, write_entries_with_receipts
from app.game.errors import ScoreOverflow
from app.game.placement import Placement, Player
from app.game.receipts import RequestKey, ScoreAnswer
from app.game.rules.scoring import LineState, scored
from app.kit.clock import from_millis


@dataclass(frozen=True, slots=True)
class ScoreOrder:
    """One non-zero score to be added, of a caller who may."""

    account_id: str
    leaderboard_id: str
    guild_id: str | None
    delta: int
    key: RequestKey | None = None


@dataclass(slots=True, eq=False)
class Ticket:
    """An order on its way: no outcome means it needs another round."""

    order: ScoreOrder
    outcome: ScoreAnswer | Exception | None = None


@dataclass(slots=True, eq=False)
class EntryOrders:
    """All orders of one round for one entry, in the order they came, and what becomes of the entry."""

    player: Player
    placement: Placement
    just_read: bool
    tickets: list[Ticket] = field(default_factory=list)
    answers: list[tuple[Ticket, ScoreAnswer]] = field(default_factory=list)
    write: EntryWrite | None = None

    def fold(self, now_ms: int) -> None:
        """Add up the orders into one write.

        An order that would overflow is refused by itself, but only by an entry just read: one that was
        remembered may have been lowered by another process, so such an order waits for the next round.
        """
        line = self.placement.line
        for ticket in self.tickets:
            try:
                line = scored(line, delta=ticket.order.delta, now_ms=now_ms)
            except ScoreOverflow as refusal:
                ticket.outcome = refusal if self.just_read else None
                continue
            self.answers.append((ticket, self._answer(line)))
        if self.answers:
            placement = self.placement
            self.write = EntryWrite(
                placement.entry_id, placement.shard_id, self.player.account_id, placement.line.version, line
            )

    @property
    def has_keys(self) -> bool:
        """True if one of the requests behind the write must leave a receipt."""
        return any(ticket.order.key is not None for ticket, _ in self.answers)

    @property
    def receipts(self) -> list[tuple[RequestKey, ScoreAnswer]]:
        """What the requests with a key are answered."""
        return [(ticket.order.key, answer) for ticket, answer in self.answers if ticket.order.key is not None]

    def mark(self) -> Mark:
        """What the enrollment learns of these scores."""
        leaderboard, placement = self.player.leaderboard, self.placement
        return Mark(
            account_id=self.player.account_id,
            leaderboard_id=leaderboard.leaderboard_id,
            cycle=leaderboard.cycle,
            tier=placement.tier,
            guild_id=self.player.guild_id,
            shard_id=placement.shard_id,
        )

    def _answer(self, line: LineState) -> ScoreAnswer:
        leaderboard, placement = self.player.leaderboard, self.placement
        return ScoreAnswer(
            leaderboard_id=leaderboard.leaderboard_id,
            shard_id=placement.shard_id,
            guild_id=self.player.guild_id,
            account_id=self.player.account_id,
            cycle=leaderboard.cycle,
            tier=placement.tier,
            score=line.score,
            version=line.version,
            last_updated=line.last_updated,
        )


async def store(
    entries: Iterable[EntryOrders], *, now_ms: int
) -> tuple[list[EntryOrders], list[EntryOrders]]:
    """Write the round; returns the entries that were written and those that someone else wrote first.

    Enrollments are marked first: a crash between the two leaves a player active without the score that
    nobody was told of, never a score of a player who counts as idle.
    """
    writing = [entry for entry in entries if entry.write is not None]
    await _mark(writing)
    plain = [entry for entry in writing if not entry.has_keys]
    keyed = [entry for entry in writing if entry.has_keys]
    missed = await write_entries([entry.write for entry in plain if entry.write], now_ms=now_ms)
    missed |= await write_entries_with_receipts(
        [entry.write for entry in keyed if entry.write],
        [receipt for entry in keyed for receipt in entry.receipts],
        now=from_millis(now_ms),
        now_ms=now_ms,
    )
    written = [entry for entry in writing if entry.placement.entry_id not in missed]
    return written, [entry for entry in writing if entry.placement.entry_id in missed]


async def _mark(entries: Iterable[EntryOrders]) -> None:
    unsettled = [entry for entry in entries if not entry.placement.settled]
    if not unsettled:
        return
    await mark_active([entry.mark() for entry in unsettled])
    for entry in unsettled:
        # Until the player acknowledges the last rollover, each score must look at it again.
        entry.placement.settled = entry.placement.acknowledged
