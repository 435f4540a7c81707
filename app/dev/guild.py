"""A stand-in for the guild service: the guilds of the demo world."""

from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from app.dev.demo import Signer
from app.dev.loopback import claims_of, require_service
from app.dev.world import Guild, guild_by_id, guild_of


def guild_service(signer: Signer) -> Starlette:
    """Answers players about their own guild, and services about any."""

    async def own_guild(request: Request) -> Response:
        """The guild of the player whose token it is."""
        guild = guild_of(claims_of(request, signer)["sub"])
        return JSONResponse({"guild": _on_the_wire(guild) if guild else None})

    async def any_guild(request: Request) -> Response:
        """The guild that a service asks for."""
        require_service(request, signer)
        guild = guild_by_id(request.query_params.get("guildId", ""))
        if guild is None:
            raise HTTPException(404)
        return JSONResponse({"guild": _on_the_wire(guild)})

    return Starlette(routes=[Route("/guild", own_guild), Route("/guild/admin", any_guild)])


def _on_the_wire(guild: Guild) -> dict[str, Any]:
    # The first member leads; every other rank is one a guild might give.
    members = [
        {"accountId": account_id, "rank": 3 if index == 0 else 1 + index % 2}
        for index, account_id in enumerate(guild.members)
    ]
    return {"id": guild.id, "name": guild.name, "members": members}
