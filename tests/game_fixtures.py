"""The game under test; a module that wants these names this module in `pytest_plugins`."""

import httpx
import pytest
from conftest import HeadersBuilder
from game_driver import Driver
from game_world import Json, Store, World
from pymongo import MongoClient

from app.resources import Resources
from app.settings import Settings


@pytest.fixture
def store(mongo: MongoClient[Json], settings: Settings) -> Store:
    """The database behind the service."""
    return mongo[settings.mongodb_database]


@pytest.fixture
def world(
    client: httpx.AsyncClient, player: HeadersBuilder, admin: HeadersBuilder, service: HeadersBuilder
) -> World:
    """The service over HTTP."""
    return World(client, player, admin, service)


@pytest.fixture
def driver(resources: Resources) -> Driver:
    """The game without HTTP."""
    return Driver(resources.game)
