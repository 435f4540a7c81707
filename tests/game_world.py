"""Driving the game over HTTP, and looking at what it stored."""

import asyncio
import hashlib
from collections.abc import Awaitable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import bson
import httpx
from conftest import HeadersBuilder
from definition_builders import a_definition, a_tier_rule
from pymongo import MongoClient
from pymongo.database import Database

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

    async def disqualify(self, number: int, **more: Any) -> None:
        """An administrator bars a player."""
        _done(
            await self.do_admin("POST", "disqualify", accountId=account(number), reason="cheating", **more),
            200,
        )

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


def a_key() -> str:
    """An idempotency key nobody used."""
    return uuid4().hex


def scores_of(lines: list[Json]) -> list[tuple[int, int, int]]:
    """Rank, player and score of lines."""
    return [(line["rank"], int(line["accountId"], 16), line["score"]) for line in lines]


def problem_of(answer: httpx.Response) -> tuple[int, str]:
    """Status and slug of a refusal."""
    return answer.status_code, answer.json()["type"].removeprefix("/problems/")
