"""Listening statistics under test; a module that wants these names this module in `pytest_plugins`.

There is one service for a whole module, because opening one takes longer than most of its tests.
"""

from collections.abc import AsyncIterator, Iterator
from uuid import uuid4

import httpx
import pytest
from conftest import SECRET, HeadersBuilder
from game_world import Json, Store
from lifespan import running
from listening_world import Statistics
from pydantic import SecretStr
from pymongo import MongoClient

from app.listening.documents import DOCUMENTS
from app.main import create_app
from app.settings import Environment, Settings


@pytest.fixture(scope="module")
def listening_settings(mongo: MongoClient[Json], mongodb_uri: str, redis_url: str) -> Iterator[Settings]:
    """Settings for the module, with a database of its own."""
    settings = Settings(
        environment=Environment.TEST,
        mongodb_uri=mongodb_uri,
        mongodb_database=f"test_{uuid4().hex[:16]}",
        redis_url=redis_url,
        jwt_secret=SecretStr(SECRET),
    )
    yield settings
    mongo.drop_database(settings.mongodb_database)


@pytest.fixture(scope="module")
async def listening_client(listening_settings: Settings) -> AsyncIterator[httpx.AsyncClient]:
    """The service behind an in-process transport."""
    app = create_app(listening_settings)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with running(app), httpx.AsyncClient(transport=transport, base_url="http://laurel") as client:
        yield client


@pytest.fixture
def listening_store(
    mongo: MongoClient[Json],
    listening_settings: Settings,
    listening_client: httpx.AsyncClient,  # noqa: ARG001 # by then there are collections
) -> Store:
    """The database behind the service, without events."""
    database = mongo[listening_settings.mongodb_database]
    for document in DOCUMENTS:
        database[document.get_collection_name()].delete_many({})
    return database


@pytest.fixture
def statistics(
    listening_client: httpx.AsyncClient, service: HeadersBuilder, listening_store: Store
) -> Statistics:
    """Statistics over HTTP."""
    return Statistics(listening_client, service, listening_store)
