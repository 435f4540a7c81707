"""A league for tests; a module that wants it names this module and `game_fixtures` in `pytest_plugins`."""

from collections.abc import AsyncIterator

import httpx
import pytest
from conftest import HeadersBuilder
from fakes import GuildStandIn, serving_guilds
from game_world import Store
from lifespan import running
from rollover_driver import League

from app.main import create_api
from app.settings import Settings


@pytest.fixture
async def guilds() -> AsyncIterator[GuildStandIn]:
    """The guild service."""
    async with serving_guilds() as stand_in:
        yield stand_in


@pytest.fixture
async def league(
    settings: Settings,
    store: Store,
    player: HeadersBuilder,
    admin: HeadersBuilder,
    service: HeadersBuilder,
) -> AsyncIterator[League]:
    """The service, its worker's acts within reach."""
    api = create_api(settings)
    transport = httpx.ASGITransport(api, raise_app_exceptions=False)
    async with running(api), httpx.AsyncClient(transport=transport, base_url="http://laurel") as http:
        yield League(http, player, admin, service, api.state.resources, store)
