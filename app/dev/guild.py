"""A stand-in for the guild service: real HTTP on loopback, the guilds of the demo world."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import jwt
import uvicorn
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from app.dev.world import Guild, guild_by_id, guild_of


def guild_service(*, secret: str, audience: str) -> Starlette:
    """Answers for players who show a token signed with this secret, and for services about any guild."""

    async def own_guild(request: Request) -> Response:
        """The guild of the player whose token it is."""
        guild = guild_of(_claims(request, secret, audience)["sub"])
        return JSONResponse({"guild": _on_the_wire(guild) if guild else None})

    async def any_guild(request: Request) -> Response:
        """The guild that a service asks for."""
        if _claims(request, secret, audience).get("role") not in {"service", "admin"}:
            raise HTTPException(403)
        guild = guild_by_id(request.query_params.get("guildId", ""))
        if guild is None:
            raise HTTPException(404)
        return JSONResponse({"guild": _on_the_wire(guild)})

    return Starlette(routes=[Route("/guild", own_guild), Route("/guild/admin", any_guild)])


@asynccontextmanager
async def serving_guilds(*, secret: str, audience: str) -> AsyncIterator[str]:
    """Serve the stand-in in this event loop and yield its URL."""
    app = guild_service(secret=secret, audience=audience)
    server = _SignallessServer(uvicorn.Config(app, lifespan="off", log_config=None, access_log=False))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        serving = asyncio.get_running_loop().create_task(server.serve([listener]))
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            await serving


class _SignallessServer(uvicorn.Server):
    """A server that leaves the signals to the process it is part of."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _claims(request: Request, secret: str, audience: str) -> dict[str, Any]:
    _, _, token = request.headers.get("authorization", "").partition(" ")
    try:
        claims: dict[str, Any] = jwt.decode(
            token, secret, ["HS256"], audience=audience, options={"require": ["exp", "sub"]}
        )
    except jwt.InvalidTokenError as error:
        raise HTTPException(401) from error
    return claims


def _on_the_wire(guild: Guild) -> dict[str, Any]:
    # The first member leads; every other rank is one a guild might give.
    members = [
        {"accountId": account_id, "rank": 3 if index == 0 else 1 + index % 2}
        for index, account_id in enumerate(guild.members)
    ]
    return {"id": guild.id, "name": guild.name, "members": members}
