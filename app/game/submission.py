"""A score as a caller sends it: the caller's guild is checked, then the score is added."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from app.game.disqualifications import read_disqualified
from app.game.errors import AccountDisqualified
from app.game.guild import GuildMemberships
from app.game.leaderboards import Leaderboards
from app.game.receipts import ScoreAnswer
from app.game.score_round import ScoreOrder
from app.game.scoring import ScoreWriter


@dataclass(frozen=True, slots=True)
class ScoreSubmissions:
    """Takes scores in, one or many."""

    leaderboards: Leaderboards
    guilds: GuildMemberships
    writer: ScoreWriter

    async def submit(self, order: ScoreOrder, *, player_token: str | None, now_ms: int) -> ScoreAnswer | None:
        """Add one score and return the entry right after it; a score of 0 writes nothing and has no entry.

        Raises what the score's preconditions refuse: an unknown or not yet started leaderboard, a
        disqualified account, a guild the account is not in, or a guild service that is away.
        """
        if order.guild_id is not None:
            # Nothing may be written if this fails, and asking takes long: so the leaderboard goes first.
            await self.leaderboards.get(order.leaderboard_id)
            await self.guilds.require(order.account_id, order.guild_id, player_token=player_token)
        if order.delta == 0:
            await self._require_open(order, now_ms)
            return None
        return await self.writer.add(order)

    async def submit_all(
        self, orders: Sequence[ScoreOrder], *, now_ms: int
    ) -> list[ScoreAnswer | BaseException | None]:
        """Each order's answer or refusal, in order; guild membership is asked as a service."""
        return await asyncio.gather(
            *(
                self.writer.add(order)
                if order.guild_id is None and order.delta and order.key is None
                else self.submit(order, player_token=None, now_ms=now_ms)
                for order in orders
            ),
            return_exceptions=True,
        )

    async def _require_open(self, order: ScoreOrder, now_ms: int) -> None:
        leaderboard = await self.leaderboards.get(order.leaderboard_id)
        leaderboard.require_started(now_ms)
        disqualified = await read_disqualified([order.account_id])
        if disqualified.bars(order.account_id, order.leaderboard_id):
            raise AccountDisqualified
