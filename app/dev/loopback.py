"""Stand-ins for other services: real HTTP on loopback, for callers whose tokens this world signed."""

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

from app.dev.demo import Signer
from app.dev.servers import HOST


@asynccontextmanager
async def serving(app: Starlette) -> AsyncIterator[str]:
    """Serve a stand-in in this event loop and yield its URL."""
    server = _SignallessServer(uvicorn.Config(app, lifespan="off", log_config=None, access_log=False))
    with socket.create_server((HOST, 0)) as listener:
        task = asyncio.get_running_loop().create_task(server.serve([listener]))
        try:
            yield f"http://{HOST}:{listener.getsockname()[1]}"
        finally:
            server.should_exit = True
            await task


def claims_of(request: Request, signer: Signer) -> dict[str, Any]:
    """What the caller's token says; 401 unless it was signed here."""
    _, _, token = request.headers.get("authorization", "").partition(" ")
    try:
        claims: dict[str, Any] = jwt.decode(
            token, signer.secret, ["HS256"], audience=signer.audience, options={"require": ["exp", "sub"]}
        )
    except jwt.InvalidTokenError as error:
        raise HTTPException(401) from error
    return claims


def require_service(request: Request, signer: Signer) -> None:
    """403 unless the caller is another service, or an administrator."""
    if claims_of(request, signer).get("role") not in {"service", "admin"}:
        raise HTTPException(403)


class _SignallessServer(uvicorn.Server):
    """A server that leaves the signals to the process it is part of."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield
