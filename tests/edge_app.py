"""A small application behind the service's own outer layers, without databases."""

from collections.abc import AsyncIterator
from typing import Annotated

import httpx
from fastapi import APIRouter, FastAPI, Query, Request, Response
from pydantic import BaseModel
from pymongo.errors import AutoReconnect, DuplicateKeyError, ServerSelectionTimeoutError

from app.kit.tokens import Role
from app.routers.auth import AdminCaller, PlayerCaller, ServiceCaller, any_player
from app.routers.errors import install_error_handlers
from app.routers.gate import Gate
from app.routers.hot import HotRoutes
from app.routers.strict import StrictRoute, read_json
from app.routers.tokens import OneKey, TokenVerifier, shared_secret
from app.routers.web_cookies import WebCookies

SECRET = "a-secret-for-tests-that-opens-nothing-else"
SMALL_CAP = 100

router = APIRouter(route_class=StrictRoute)

FAILURES: dict[str, Exception] = {
    "bug": ZeroDivisionError("a secret detail"),
    "disconnected": AutoReconnect("mongodb://user:password@host"),
    "no_primary": ServerSelectionTimeoutError("mongodb://user:password@host"),
    "duplicate": DuplicateKeyError("a secret detail"),
}


class Note(BaseModel):
    """A body."""

    count: int
    names: list[str] = []


def edge_app() -> Gate:
    """Routes that show what the outer layers do, once through the framework and once on the short way."""
    api = FastAPI(openapi_url=None, redirect_slashes=False)
    api.state.tokens = TokenVerifier(OneKey(shared_secret(SECRET)), "laurel")
    api.state.cookies = WebCookies(secure=True)
    install_error_handlers(api)
    api.include_router(router)
    return Gate(HotRoutes(api, {("PATCH", "/hot"): patch_hot}), {"/small": SMALL_CAP, "/notes": 64 * 1024})


@router.post("/notes")
async def post_note(note: Note) -> Note:
    return note


@router.put("/notes")
async def put_note(note: Note | None = None) -> Note | None:
    return note


@router.get("/notes")
async def get_notes(limit: Annotated[int, Query(ge=1, le=100)] = 1) -> int:
    return limit


@router.get("/players")
async def get_players(caller: PlayerCaller) -> str:
    return caller.subject


@router.post("/players")
async def post_players(caller: PlayerCaller, _: Note) -> str:
    return caller.subject


@router.get("/services")
async def get_services(caller: ServiceCaller) -> Role:
    return caller.role


@router.get("/admins")
async def get_admins(caller: AdminCaller) -> Role:
    return caller.role


@router.get("/failures/{name}")
async def get_failure(name: str) -> None:
    raise FAILURES[name]


async def patch_hot(request: Request) -> Response:
    if (failure := request.query_params.get("failure")) is not None:
        raise FAILURES[failure]
    caller = await any_player(request)
    return Response(f"{caller.subject} {await read_json(request)}")


def edge_client() -> httpx.AsyncClient:
    """A client of a fresh edge application."""
    transport = httpx.ASGITransport(edge_app(), raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://laurel")


async def chunks(*parts: bytes) -> AsyncIterator[bytes]:
    """A body of unstated length."""
    for part in parts:
        yield part
