"""Real servers for every test, one database and one clean Redis each."""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Protocol

import httpx
import jwt
import pytest
import structlog
from databases import Databases
from lifespan import running
from pymongo import MongoClient
from redis import Redis

from app.dev.servers import Server, start_mongod, start_redis
from app.settings import Settings

SECRET = "a-secret-for-tests-that-opens-nothing-else"
TEMPLATE = "template"
ACCOUNT = "00000000000000000000000a"

# By default each failure that a test provokes is told with every variable of every frame, for seconds.
structlog.configure(
    processors=[
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback),
    ]
)


class ServiceSettings(Protocol):
    """Settings for a database of the tests' servers, with what the caller says."""

    def __call__(self, database: str, **overrides: Any) -> Settings: ...


class SettingsFactory(Protocol):
    """Settings for a test: the test's servers, a database of its own, and what the test says."""

    def __call__(self, *, database: str | None = None, **overrides: Any) -> Settings: ...


class TokenBuilder(Protocol):
    """A signed token; claims given replace or, with None, remove the usual ones."""

    def __call__(self, subject: str = ACCOUNT, role: str = "player", **claims: Any) -> str: ...


class HeadersBuilder(Protocol):
    """The headers of one caller."""

    def __call__(self, subject: str = ACCOUNT, **claims: Any) -> dict[str, str]: ...


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("LAUREL_")]:
        monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def mongod(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = start_mongod(
        tmp_path_factory.mktemp("mongod"),
        # Every test drops its collections: kept for history, their files would pile up.
        history_s=1,
        # Tests have days of their own: by mongod's clock what they wrote a moment ago has long expired.
        options=("--setParameter", "ttlMonitorEnabled=false"),
    )
    yield server
    server.kill()


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = start_redis(tmp_path_factory.mktemp("redis"))
    yield server
    server.kill()


@pytest.fixture(scope="session")
def mongodb_uri(mongod: Server) -> str:
    return mongod.uri


@pytest.fixture(scope="session")
def redis_url(redis_server: Server) -> str:
    return redis_server.uri


@pytest.fixture(scope="session")
def mongo(mongodb_uri: str) -> Iterator[MongoClient[dict[str, Any]]]:
    """A blocking client, for what a test arranges or checks outside the service."""
    client: MongoClient[dict[str, Any]] = MongoClient(mongodb_uri, tz_aware=True)
    with client:
        yield client


@pytest.fixture(scope="session")
def service_settings(mongodb_uri: str, redis_url: str) -> ServiceSettings:
    """Settings on the tests' servers."""

    def build(database: str, **overrides: Any) -> Settings:
        chosen = {
            "environment": "test",
            "mongodb_uri": mongodb_uri,
            "mongodb_database": database,
            "redis_url": redis_url,
            "jwt_secret": SECRET,
            **overrides,
        }
        return Settings(**chosen)

    return build


@pytest.fixture(scope="session")
def databases(mongo: MongoClient[dict[str, Any]], service_settings: ServiceSettings) -> Databases:
    """Where tests take their databases from."""

    async def open_once() -> None:
        from app.resources import open_resources  # noqa: PLC0415 # unit tests need none of it

        async with open_resources(service_settings(TEMPLATE)):
            pass

    # In a thread of its own, because one that runs the tests' loop runs no other.
    with ThreadPoolExecutor(1) as aside:
        aside.submit(asyncio.run, open_once()).result()
    return Databases(mongo, TEMPLATE)


@pytest.fixture
def settings_for(
    service_settings: ServiceSettings,
    databases: Databases,
    redis_url: str,
    mongo: MongoClient[dict[str, Any]],
) -> Iterator[SettingsFactory]:
    taken, named = [], []
    with Redis.from_url(redis_url) as redis:
        redis.flushall()

    def build(*, database: str | None = None, **overrides: Any) -> Settings:
        if database is None:
            taken.append(database := databases.take())
        else:
            named.append(database)
        return service_settings(database, **overrides)

    yield build
    for database in taken:
        databases.give_back(database)
    for database in named:
        mongo.drop_database(database)


@pytest.fixture
def settings(settings_for: SettingsFactory) -> Settings:
    return settings_for()


@pytest.fixture(scope="module")
def module_settings(
    service_settings: ServiceSettings, databases: Databases, redis_url: str
) -> Iterator[Settings]:
    """The same for all tests of a module, which may change nothing or only what no other looks at."""
    with Redis.from_url(redis_url) as redis:
        redis.flushall()
    database = databases.take()
    yield service_settings(database)
    databases.give_back(database)


@pytest.fixture
async def resources(settings: Settings) -> AsyncIterator[Any]:
    """The service's resources, opened on the test's own settings."""
    from app.resources import open_resources  # noqa: PLC0415 # unit tests need none of it

    async with open_resources(settings) as opened:
        yield opened


@pytest.fixture
async def api(settings: Settings) -> AsyncIterator[Any]:
    """The whole service, its lifespan run; what it has open is its `state.resources`."""
    from app.main import create_api  # noqa: PLC0415 # unit tests need none of it

    routes = create_api(settings)
    async with running(routes):
        yield routes


@pytest.fixture
async def client(api: Any) -> AsyncIterator[httpx.AsyncClient]:
    """The service, with all that is around its routes, behind an in-process transport."""
    from app.main import guarded  # noqa: PLC0415 # unit tests need none of it

    transport = httpx.ASGITransport(guarded(api), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://laurel") as opened:
        yield opened


@pytest.fixture(scope="session")
def token() -> TokenBuilder:
    def build(subject: str = ACCOUNT, role: str = "player", **claims: Any) -> str:
        now = int(time.time())
        usual = {"sub": subject, "role": role, "aud": "laurel", "iat": now, "exp": now + 3600}
        chosen = {name: value for name, value in {**usual, **claims}.items() if value is not None}
        return jwt.encode(chosen, SECRET, algorithm="HS256")

    return build


@pytest.fixture(scope="session")
def player(token: TokenBuilder) -> HeadersBuilder:
    return _headers_of("player", token)


@pytest.fixture(scope="session")
def admin(token: TokenBuilder) -> HeadersBuilder:
    return _headers_of("admin", token)


@pytest.fixture(scope="session")
def service(token: TokenBuilder) -> HeadersBuilder:
    return _headers_of("service", token)


def _headers_of(role: str, token: TokenBuilder) -> HeadersBuilder:
    def build(subject: str = ACCOUNT, **claims: Any) -> dict[str, str]:
        return {"Authorization": f"Bearer {token(subject, role, **claims)}"}

    return build
