"""Listening statistics under test; a module that wants these names this module in `pytest_plugins`."""

import httpx
import pytest
from conftest import HeadersBuilder
from game_world import Json, Store, store_of
from listening_world import Statistics
from pymongo import MongoClient

from app.settings import Settings


@pytest.fixture
def store(mongo: MongoClient[Json], settings: Settings) -> Store:
    """The database behind the service."""
    return store_of(mongo, settings)


@pytest.fixture
def statistics(client: httpx.AsyncClient, service: HeadersBuilder, store: Store) -> Statistics:
    """Statistics over HTTP."""
    return Statistics(client, service, store)
