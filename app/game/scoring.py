"""Scores: durable, counted once, and written together with whatever else arrives meanwhile."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Iterable, Sequence

from app.game.errors import LeaderboardChanged, RequestStillRunning, TooContended
from app.game.journal import WriteJournal
from app.game.leaderboards import Leaderboards
from app.game.placement import Placer
from app.game.players import Placement, Player, read_ending_receipts, scorer_of
from app.game.receipts import ScoreAnswer, read_receipts
from app.game.score_round import EntryOrders, ScoreOrder, Ticket, store
from app.kit.clock import from_millis
from app.kit.errors import LaurelError
from app.kit.gathering import Gathering
from app.ranking.index import Change

#: Players whose entry a process remembers, so that their next score needs no read; about 700 bytes each.
MOST_REMEMBERED = 20_000
#: How often an entry may turn out to have been written by someone else before the caller hears of it.
MOST_ROUNDS = 20


class ScoreWriter:
    """Adds scores; one per process."""

    def __init__(
        self,
        leaderboards: Leaderboards,
        placer: Placer,
        journal: WriteJournal,
    ) -> None:
        self._leaderboards = leaderboards
        self._placer = placer
        self._journal = journal
        self._remembered: OrderedDict[str, Placement] = OrderedDict()
        self._running_keys: set[str] = set()
        self._gathering: Gathering[ScoreOrder, ScoreAnswer] = Gathering(self._write_batch)

    def add(self, order: ScoreOrder) -> Awaitable[ScoreAnswer]:
        """Add one score; awaited, the entry right after it, stored durably and then indexed.

        With a key that was answered before, the first answer comes back and nothing changes. Raises
        IdempotencyKeyReused, RequestStillRunning, UnknownLeaderboard, LeaderboardNotStarted,
        AccountDisqualified, ScoreOverflow or Unavailable.
        """
        if order.key is None:
            return self._gathering.submit(order)
        receipt_id = order.key.receipt_id
        if receipt_id in self._running_keys:
            raise RequestStillRunning
        self._running_keys.add(receipt_id)
        answer = self._gathering.submit(order)
        answer.add_done_callback(lambda _: self._running_keys.discard(receipt_id))
        # A caller that gives up must not end the key's run: the work goes on, and a retry is on its way.
        return asyncio.shield(answer)

    async def aclose(self) -> None:
        """Finish what was submitted."""
        await self._gathering.drain()

    async def _write_batch(self, orders: Sequence[ScoreOrder]) -> list[ScoreAnswer | Exception]:
        tickets = [Ticket(order) for order in orders]
        now_ms = time.time_ns() // 1_000_000
        waiting = tickets
        try:
            async with self._journal.writing(now_ms):
                for _ in range(MOST_ROUNDS):
                    waiting = await self._write_round(waiting, now_ms)
                    if not waiting:
                        break
        except Exception as error:  # noqa: BLE001 # those already answered keep their answer
            return [ticket.outcome or error for ticket in tickets]
        return [ticket.outcome or TooContended() for ticket in tickets]

    async def _write_round(self, tickets: list[Ticket], now_ms: int) -> list[Ticket]:
        """Try every ticket once; returns those that have to be tried again."""
        now = from_millis(now_ms)
        await _replay(tickets)
        entries = await self._place([ticket for ticket in tickets if ticket.outcome is None], now_ms)
        # Once more for entries just read: the key's first score may have come, been copied and left the
        # entry between the first look and the reading. What comes after the reading, the write meets.
        await _replay_again([entry for entry in entries.values() if entry.just_read])
        for entry in entries.values():
            entry.fold(now, now_ms)
        # What is under way is forgotten until it is known to have happened.
        for entry_id in entries:
            self._remembered.pop(entry_id, None)
        written, overtaken = await store(entries.values(), now_ms=now_ms)
        for entry in overtaken:
            self._leaderboards.forget(entry.player.leaderboard.leaderboard_id)
        ranked = [_change(entry) for entry in written if not entry.player.pending]
        await self._journal.index(ranked, now_ms)
        for entry in written:
            self._remember(entry)
            for ticket, answer in entry.answers:
                ticket.outcome = answer
        return [ticket for ticket in tickets if ticket.outcome is None]

    async def _place(self, tickets: Iterable[Ticket], now_ms: int) -> dict[str, EntryOrders]:
        """The entry of every ticket that may score, asking MongoDB only about those not remembered."""
        players = [(ticket, player) for ticket in tickets if (player := await self._player(ticket, now_ms))]
        # A retry of what the ending cycle counted must not get its player a place in the next.
        await _replay_ending(players)
        players = [(ticket, player) for ticket, player in players if ticket.outcome is None]
        unknown = {
            player.entry_id: player for _, player in players if player.entry_id not in self._remembered
        }
        found = (
            (await self._placer.locate(list(unknown.values()), from_millis(now_ms))).places if unknown else {}
        )
        entries: dict[str, EntryOrders] = {}
        for ticket, player in players:
            place = self._remembered.get(player.entry_id) or found.get(player.entry_id)
            if isinstance(place, Placement):
                entry = entries.setdefault(
                    player.entry_id, EntryOrders(player, place, just_read=player.entry_id in found)
                )
                entry.tickets.append(ticket)
            elif place is None or isinstance(place, LeaderboardChanged):
                self._leaderboards.forget(player.leaderboard.leaderboard_id)
            else:
                ticket.outcome = place
        return entries

    async def _player(self, ticket: Ticket, now_ms: int) -> Player | None:
        order = ticket.order
        try:
            leaderboard = self._leaderboards.remembered(order.leaderboard_id)
            if leaderboard is None:
                leaderboard = await self._leaderboards.get(order.leaderboard_id)
            leaderboard.require_started(now_ms)
        except LaurelError as refusal:
            ticket.outcome = refusal
            return None
        return scorer_of(leaderboard, order.guild_id, order.account_id)

    def _remember(self, entry: EntryOrders) -> None:
        # A pending entry changes hands when its cycle opens: it is read again for every score.
        if entry.write is None or entry.player.pending:
            return
        entry.placement.line = entry.write.after
        self._remembered[entry.placement.entry_id] = entry.placement
        while len(self._remembered) > MOST_REMEMBERED:
            self._remembered.popitem(last=False)


async def _replay(tickets: Iterable[Ticket]) -> None:
    """Answer the tickets whose key has been answered before."""
    keyed = [(ticket, ticket.order.key) for ticket in tickets if ticket.order.key is not None]
    receipts = await read_receipts([key for _, key in keyed])
    for ticket, _ in keyed:
        ticket.answer_from(receipts)


async def _replay_again(entries: Sequence[EntryOrders]) -> None:
    await _replay(ticket for entry in entries for ticket in entry.tickets)
    await _replay_ending((ticket, entry.player) for entry in entries for ticket in entry.tickets)


async def _replay_ending(players: Iterable[tuple[Ticket, Player]]) -> None:
    """Answer the tickets whose key was answered by a score of the cycle that is ending."""
    retried = [(ticket, player) for ticket, player in players if ticket.order.key is not None]
    receipts = await read_ending_receipts(player for _, player in retried)
    for ticket, _ in retried:
        ticket.answer_from(receipts)


def _change(entry: EntryOrders) -> Change:
    placement = entry.placement
    line = entry.write.after if entry.write else placement.line
    return Change(
        board_id=placement.shard_id,
        account_id=entry.player.account_id,
        version=line.version,
        score=line.score,
        last_updated=line.last_updated,
    )
