"""Driving one process's game without HTTP, and what its rankings should say."""

import random
from dataclasses import dataclass
from datetime import UTC, datetime

from game_world import BOARD, Json, Store, account, together

from app.game.definitions import UpdateRequest
from app.game.rankings import RankingsQuery, ShardView
from app.game.receipts import RequestKey, ScoreAnswer
from app.game.score_round import ScoreOrder
from app.ranking.index import ALL_BELOW, LINES_ABOVE, WINDOW, RankedLine, View
from app.resources import Game, Resources


@dataclass(frozen=True)
class Driver:
    """One process's game, driven without HTTP."""

    game: Game

    async def define(self, *boards: Json, delete: tuple[str, ...] = ()) -> None:
        """Post definitions."""
        request = UpdateRequest(several=boards, ids_to_delete=delete)
        await self.game.definitions.apply(request, actor="test", now=datetime.now(UTC))

    async def add(
        self, number: int, delta: int, board: str = BOARD, *, guild: str | None = None, key: str | None = None
    ) -> ScoreAnswer:
        """One score."""
        named = RequestKey("test", key, f"{number}/{board}/{guild}/{delta}") if key else None
        return await self.game.scores.add(ScoreOrder(account(number), board, guild, delta, named))

    async def view(self, number: int, board: str = BOARD, *, guild: str | None = None) -> ShardView:
        """The player's last shard of one board: the guild's where one is given."""
        read = await self.game.rankings.read(RankingsQuery(account(number), (board,), guild))
        return read.shards[-1]

    async def disqualify(self, number: int, board: str | None = BOARD) -> None:
        """Bar an account."""
        await self.game.moderation.disqualify(
            account(number), board, reason="test", actor="test", now=datetime.now(UTC)
        )

    async def reinstate(self, number: int, board: str | None = BOARD) -> None:
        """Let it back."""
        await self.game.moderation.reinstate(account(number), board, actor="test", now=datetime.now(UTC))


def ranking(store: Store, shard_id: str) -> list[RankedLine]:
    """Every line of a shard as its entries say, ranked in the slowest and plainest way."""
    rows = list(store["entries"].find({"shard_id": shard_id, "state": {"$ne": "disqualified"}}))
    rows.sort(key=lambda row: (-row["score"], row["last_updated"], row["account_id"]))
    return [
        RankedLine(
            1 + sum(other["score"] > row["score"] for other in rows),
            row["account_id"],
            row["score"],
            row["last_updated"],
        )
        for row in rows
    ]


def seen_by(account_id: str, lines: list[RankedLine]) -> Json:
    """What one account sees of a whole ranking."""
    at = next(place for place, line in enumerate(lines) if line.account_id == account_id)
    first = max(0, at - LINES_ABOVE)
    return {
        "size": len(lines),
        "all": lines if len(lines) < ALL_BELOW else None,
        "top": lines[:WINDOW],
        "nearby": lines[first : first + WINDOW],
    }


def told(view: View) -> Json:
    """The same of a view."""
    return {
        "size": view.size,
        "all": view.all_lines,
        "top": view.top[:WINDOW],
        "nearby": view.nearby,
    }


def expected(store: Store) -> dict[tuple[str, str], Json]:
    """What every account sees of every shard it is in."""
    views: dict[tuple[str, str], Json] = {}
    for shard in store["shards"].find():
        lines = ranking(store, shard["_id"])
        views |= {(shard["_id"], line.account_id): seen_by(line.account_id, lines) for line in lines}
    return views


async def indexed(resources: Resources, store: Store) -> dict[tuple[str, str], Json]:
    """The same from the index alone."""
    places = list(expected(store))
    views = await resources.ranks.views(places)
    return {place: told(view) for place, view in zip(places, views, strict=True) if view is not None}


async def shown(driver: Driver, store: Store) -> dict[tuple[str, str], Json]:
    """The same as the rankings route gives it."""
    entries = list(store["entries"].find({"state": {"$ne": "disqualified"}}))
    views = await together(
        *(driver.view(int(entry["account_id"], 16), guild=entry["guild_id"]) for entry in entries)
    )
    return {
        (view.shard_id, entry["account_id"]): told(view.view)
        for entry, view in zip(entries, views, strict=True)
    }


async def some_traffic(driver: Driver, players: int, seed: int, *, rounds: int = 2) -> None:
    """Scores so low that most lines are tied, of everybody at once."""
    draw = random.Random(seed)
    for _ in range(rounds):
        await together(*(driver.add(number, draw.randint(-3, 6) or 1) for number in range(1, players + 1)))


def only_shard(store: Store) -> str:
    """The one shard there is."""
    (shard,) = store["shards"].find()
    return str(shard["_id"])
