"""XP under test; a module that wants these names this module in `pytest_plugins`."""

import httpx
import pytest
from conftest import HeadersBuilder
from xp_world import XpWorld


@pytest.fixture
def xp(client: httpx.AsyncClient, player: HeadersBuilder, service: HeadersBuilder) -> XpWorld:
    """XP over HTTP."""
    return XpWorld(client, player, service)
