"""The HTTP application put together."""

import gc
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from importlib.metadata import version

from fastapi import APIRouter, FastAPI
from starlette.types import ASGIApp

from app.clients.key_set import fetch_key_set
from app.clients.transport import open_http
from app.kit.logs import configure_logs
from app.resources import open_resources
from app.routers import (
    admin_leaderboards,
    admin_players,
    admin_rollovers,
    api_docs,
    archives,
    assets,
    callers,
    channels,
    earnings,
    enrollments,
    feeds,
    health,
    leaderboards,
    pages,
    problems,
    rankings,
    scores,
    session_leaderboards,
    sessions,
    stats,
    stats_events,
    stats_ingest,
    stats_page,
    usernames,
    users,
    web_session,
    xp_leaderboard,
    xp_people,
    xp_photos,
)
from app.routers.api_docs import Api
from app.routers.errors import install_error_handlers
from app.routers.gate import Gate
from app.routers.hot import HotRoute, HotRoutes
from app.routers.key_sets import KeySet
from app.routers.tokens import KeySource, OneKey, TokenVerifier, public_key, shared_secret
from app.routers.web_cookies import WebCookies
from app.settings import Environment, Settings, SettingsError, read_settings

THREADS_TAKE_TURNS_S = 0.001

ROUTERS: tuple[APIRouter, ...] = (
    scores.router,
    rankings.router,
    leaderboards.router,
    enrollments.router,
    archives.router,
    admin_leaderboards.router,
    admin_players.router,
    admin_rollovers.router,
    sessions.router,
    session_leaderboards.router,
    earnings.router,
    users.router,
    usernames.router,
    channels.router,
    feeds.router,
    stats_ingest.router,
    stats_events.router,
    stats.router,
    stats_page.router,
    pages.router,
    web_session.router,
    assets.router,
    xp_leaderboard.router,
    xp_photos.router,
    xp_people.router,
    callers.router,
    problems.router,
    health.router,
    api_docs.router,
)

HOT_ROUTES: Mapping[tuple[str, str], HotRoute] = {
    ("PATCH", "/leaderboard/score"): scores.patch_score,
    ("GET", "/leaderboard/rankings"): rankings.get_rankings,
    ("GET", "/api/leaderboard"): xp_leaderboard.get_leaderboard,
}

BODY_CAPS: Mapping[str, int] = {
    "/leaderboard/score": 16 * 1024,
    "/leaderboard/scores": 4 * 1024 * 1024,
    "/earnings": 4 * 1024 * 1024,
    "/pusher/auth": 16 * 1024,
    "/web/session": 16 * 1024,
    "/web/demo": 1024,
    stats_ingest.STREAM_EVENTS_PATH: stats_ingest.LARGEST_BATCH,
    stats_ingest.PLAYER_EVENTS_PATH: stats_ingest.LARGEST_BATCH,
}

#: Where a form will do as well as JSON.
FORMS = frozenset({"/pusher/auth"})


def create_app(settings: Settings) -> ASGIApp:
    """The whole service as an ASGI application; its lifespan opens and closes what it works with."""
    return guarded(create_api(settings))


def guarded(api: FastAPI) -> ASGIApp:
    """The routes behind the layers that every request passes."""
    return Gate(HotRoutes(api, HOT_ROUTES), BODY_CAPS, FORMS)


def create_api(settings: Settings) -> FastAPI:
    """The routes alone, without the layers around them."""
    api = Api(
        title="Laurel",
        version=version("laurel"),
        summary="Ranks people: leaderboards on MongoDB and Redis.",
        lifespan=_lifespan,
        redirect_slashes=False,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        separate_input_output_schemas=False,
        responses=dict(api_docs.RESPONSES),
    )
    api.state.settings = settings
    api.state.tokens = TokenVerifier(_keys(settings), settings.jwt_audience)
    api.state.cookies = WebCookies(secure=settings.environment is not Environment.DEVELOPMENT)
    api.state.draining = False
    install_error_handlers(api)
    for router in ROUTERS:
        api.include_router(router)
    return api


def app_from_environment() -> ASGIApp:
    """The application a server process runs; raises SettingsError if the environment is not complete."""
    settings = read_settings()
    configure_logs(settings.log_level)
    return create_app(settings)


@asynccontextmanager
async def _lifespan(api: FastAPI) -> AsyncIterator[None]:
    async with open_resources(api.state.settings) as resources:
        api.state.resources = resources
        _tune_for_latency()
        try:
            yield
        finally:
            api.state.draining = True


def _tune_for_latency() -> None:
    """Keep the interpreter from holding requests up.

    Motor works in threads. One that has an answer waits for the event loop's thread to let go, by default
    up to 5 ms, which is as long as the whole write. And what was made while starting lives as long as the
    process: left to the collector, each full collection would walk through it for tens of milliseconds.
    """
    sys.setswitchinterval(THREADS_TAKE_TURNS_S)
    gc.collect()
    gc.freeze()


def _keys(settings: Settings) -> KeySource:
    if settings.jwt_secret is not None:
        return OneKey(shared_secret(settings.jwt_secret.get_secret_value()))
    if settings.jwt_public_key is not None:
        try:
            return OneKey(public_key(settings.jwt_public_key))
        except ValueError as error:
            raise SettingsError(f"LAUREL_JWT_PUBLIC_KEY {error}") from error
    jwks_url = settings.jwks_url or ""

    async def fetch() -> bytes:
        # Seldom enough for a client of its own, which leaves nothing open in between.
        async with open_http() as http:
            return await fetch_key_set(http, jwks_url)

    return KeySet(fetch)
