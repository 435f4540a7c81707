"""Driving the game, over HTTP or directly, and looking at what it stored."""

import asyncio
import hashlib
from collections.abc import Awaitable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import bson
import httpx
from conftest import HeadersBuilder
from definition_builders import a_definition, a_tier_rule
from pymongo import MongoClient
from pymongo.database import Database

from app.game.definitions import UpdateRequest
from app.game.rankings import RankingsQuery, ShardView
from app.game.receipts import RequestKey, ScoreAnswer
from app.game.score_round import ScoreOrder
from app.ranking.index import ALL_BELOW, LINES_ABOVE, WINDOW, RankedLine, View
from app.resources import Game
from app.settings import Settings

BOARD = "arena"
GUILD = f"{0xF1:024x}"

Json = dict[str, Any]
Store = Database[Json]


def account(number: int) -> str:
    """The account of that number."""
    return f"{number:024x}"


def a_board(leaderboard_id: str = BOARD, *, players: int | None = None, tiers: int = 1) -> Json:
    """A daily board whose shards take that many players."""
    limit = {} if players is None else {"playersPerShard": players}
    rules = [a_tier_rule(tier, **limit) for tier in range(tiers)]
    return a_definition(leaderboardId=leaderboard_id, tierCount=tiers, tierRules=rules)


def store_of(mongo: MongoClient[Json], settings: Settings) -> Store:
    """The database behind the service under test."""
    return mongo[settings.mongodb_database]


def fingerprint(store: Store) -> dict[str, str]:
    """What each collection holds, to be compared: equal exactly if no document differs.

    The schema's own record and the writers' heartbeat are no answer to any request.
    """
    return {
        name: hashlib.sha256(b"".join(sorted(map(bson.encode, store[name].find())))).hexdigest()
        for name in sorted(store.list_collection_names())
        if name not in {"schema", "writers"}
    }


async def together(*calls: Awaitable[Any]) -> list[Any]:
    """What all calls answer, made at once."""
    return list(await asyncio.gather(*calls))


@dataclass(frozen=True)
class World:
    """The service over HTTP; what a test asks for is asserted to have worked."""

    http: httpx.AsyncClient
    player: HeadersBuilder
    admin: HeadersBuilder
    service: HeadersBuilder

    async def define(self, *boards: Json, **more: Any) -> Json:
        """Post definitions as an administrator."""
        posted = {"leaderboards": list(boards), **more}
        return _done(
            await self.http.post("/leaderboard/admin/update", json=posted, headers=self.admin()), 200
        )

    async def send(  # one argument per field and header
        self,
        number: int,
        score: Any,
        board: str = BOARD,
        *,
        guild: str | None = None,
        key: str | None = None,
        **headers: str,
    ) -> httpx.Response:
        """One score of a player, whatever the answer."""
        body = {"score": score, "leaderboardId": board} | ({"guildId": guild} if guild else {})
        sent = self.player(account(number)) | headers | ({"Idempotency-Key": key} if key else {})
        return await self.http.patch("/leaderboard/score", json=body, headers=sent)

    async def score(
        self, number: int, score: int, board: str = BOARD, *, guild: str | None = None, key: str | None = None
    ) -> Json:
        """One score of a player; the entry right after it."""
        return _done(
            await self.send(number, score, board, guild=guild, key=key, prefer="return=representation"), 200
        )

    async def scores(self, points: Mapping[int, int] | Iterable[tuple[int, int]], board: str = BOARD) -> Json:
        """Many players' scores in one request, in this order."""
        pairs = points.items() if isinstance(points, Mapping) else points
        items = [{"accountId": account(n), "leaderboardId": board, "score": score} for n, score in pairs]
        answer = await self.http.patch(
            "/leaderboard/scores", json={"scores": items}, headers=self.service(account(0))
        )
        return _done(answer, 200)

    async def rankings(self, number: int, *boards: str, guild: str | None = None) -> Json:
        """What a player sees."""
        asked = {"leaderboardId": ",".join(boards or (BOARD,))} | ({"guildId": guild} if guild else {})
        return _done(
            await self.http.get("/leaderboard/rankings", params=asked, headers=self.player(account(number))),
            200,
        )

    async def view(self, number: int, board: str = BOARD) -> Json:
        """The one shard a player sees of one board."""
        (shard,) = (await self.rankings(number, board))["leaderboards"]
        return dict(shard)

    async def enrollments(self, number: int) -> list[Json]:
        """A player's service records."""
        answer = await self.http.get("/leaderboard/enrollments", headers=self.player(account(number)))
        return list(_done(answer, 200)["enrollments"])

    async def enrollment(self, number: int) -> Json:
        """A player's only service record."""
        (record,) = await self.enrollments(number)
        return record

    async def ask_admin(self, path: str, **parameters: Any) -> Json:
        """What an administrator is shown."""
        answer = await self.http.get(f"/leaderboard/admin/{path}", params=parameters, headers=self.admin())
        return _done(answer, 200)

    async def do_admin(self, method: str, path: str, **body: Any) -> httpx.Response:
        """Something an administrator does, whatever the answer."""
        return await self.http.request(method, f"/leaderboard/admin/{path}", json=body, headers=self.admin())

    async def set_tier(self, number: int, tier: int, **more: Any) -> Json:
        """An administrator puts a player into a tier; the enrollment afterwards."""
        answer = await self.do_admin(
            "PATCH", "enrollment", accountId=account(number), leaderboardId=BOARD, tier=tier, **more
        )
        (record,) = _done(answer, 200)["enrollments"]
        return dict(record)


def _done(answer: httpx.Response, status: int) -> Json:
    assert answer.status_code == status, answer.text
    return dict(answer.json())


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


def a_key() -> str:
    """An idempotency key nobody used."""
    return uuid4().hex


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
