"""Earnings under test; a module that wants these names this module in `pytest_plugins`."""

import httpx
import pytest
from conftest import HeadersBuilder
from earnings_world import Diamonds


@pytest.fixture
def diamonds(
    client: httpx.AsyncClient, player: HeadersBuilder, service: HeadersBuilder, admin: HeadersBuilder
) -> Diamonds:
    """Earnings over HTTP."""
    return Diamonds(client, player, service, admin)
