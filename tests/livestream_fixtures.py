"""Livestreams under test; a module that wants these names this module in `pytest_plugins`."""

import httpx
import pytest
from conftest import HeadersBuilder
from livestream_world import Live


@pytest.fixture
def live(client: httpx.AsyncClient, player: HeadersBuilder, service: HeadersBuilder) -> Live:
    """Livestreams over HTTP."""
    return Live(client, player, service)
