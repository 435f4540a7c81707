"""The test stand: servers and processes of one run, all of them gone when it ends."""

import asyncio
import os
import secrets
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

from pydantic import SecretStr
from pymongo import MongoClient, WriteConcern
from pymongo.collection import Collection
from redis import Redis

from app.dev.servers import free_port, start_mongod, start_redis
from app.kit.logs import configure_logs
from app.kit.tokens import sign_token
from app.resources import Resources, open_resources
from app.settings import Settings
from bench.load import Call, write_calls
from bench.serving import Process, serving

Answer = TypeVar("Answer")

#: The largest boards should be limited by the code, not by a cache made for a laptop.
MONGOD_CACHE_GB = 4.0
TOKENS_LAST_S = 6 * 60 * 60


@dataclass(frozen=True, slots=True)
class Stand:
    """What a row measures with."""

    settings: Settings
    directory: Path
    mongodb: MongoClient[dict[str, Any]]
    redis: "Redis"
    redis_port: int
    api: Process
    _tokens: dict[tuple[str, str], str] = field(default_factory=dict)

    def run(self, act: Callable[[Resources], Awaitable[Answer]]) -> Answer:
        """Do something inside the service's own code, in this process."""

        async def with_resources() -> Answer:
            async with open_resources(self.settings) as resources:
                return await act(resources)

        return asyncio.run(with_resources())

    def fast_collection(self, name: str) -> Collection[dict[str, Any]]:
        """A collection of the service, written fast rather than durably: what a row starts from."""
        database = self.mongodb[self.settings.mongodb_database]
        return database.get_collection(name, write_concern=WriteConcern(w=1, j=False))

    def in_database(self, name: str) -> "Stand":
        """The same servers with other data; the API process stays where it is."""
        return replace(self, settings=self.settings.model_copy(update={"mongodb_database": name}))

    def serving(
        self, name: str, command: Sequence[str], port: int, **environment: str
    ) -> AbstractContextManager[Process]:
        """One more process with the stand's settings, serving for as long as the block lasts."""
        return serving(
            name,
            command,
            port=port,
            environment={**_environment(self.settings), **environment},
            directory=self.directory,
        )

    def player_token(self, account_id: str) -> str:
        """A signed token of one player, the same one each time."""
        return self._token(account_id, "player")

    def service_token(self) -> str:
        """A signed token that acts for anyone, the same one each time."""
        return self._token("bench", "service")

    def calls_file(self, name: str, calls: Sequence[Call]) -> Path:
        """The calls in a file for the load generator."""
        return write_calls(calls, self.directory / f"{name}.calls")

    @contextmanager
    def floor(self, answer: bytes = b"") -> Iterator[Process]:
        """The floor application, serving for as long as the block lasts."""
        answer_file = self.directory / "floor.answer"
        answer_file.write_bytes(answer)
        port = free_port()
        with self.serving("floor", ["-m", "bench.floor", str(port), str(answer_file)], port) as process:
            yield process

    def _token(self, subject: str, role: str) -> str:
        if (subject, role) not in self._tokens:
            self._tokens[subject, role] = sign_token(
                _secret(self.settings),
                subject=subject,
                role=role,
                audience=self.settings.jwt_audience,
                ttl_s=TOKENS_LAST_S,
            )
        return self._tokens[subject, role]


@contextmanager
def standing() -> Iterator[Stand]:
    """Servers with empty data and one API process, on ports of their own."""
    configure_logs("warning")
    _forget_settings_from_outside()
    with ExitStack() as stack:
        directory = Path(stack.enter_context(TemporaryDirectory(prefix="laurel-bench-")))
        mongod = start_mongod(directory / "mongod", cache_gb=MONGOD_CACHE_GB)
        stack.callback(mongod.stop)
        redis_server = start_redis(directory / "redis")
        stack.callback(redis_server.stop)
        settings = Settings(
            mongodb_uri=mongod.uri,
            redis_url=redis_server.uri,
            jwt_secret=SecretStr(secrets.token_hex(32)),
        )
        mongodb: MongoClient[dict[str, Any]] = stack.enter_context(MongoClient(mongod.uri))
        redis = stack.enter_context(Redis.from_url(redis_server.uri))
        port = free_port()
        command = ["-P", "-m", "app.cli", "api", "--port", str(port)]
        environment = _environment(settings)
        api = stack.enter_context(
            serving("api", command, port=port, environment=environment, directory=directory)
        )
        yield Stand(settings, directory, mongodb, redis, redis_server.port, api)


def _forget_settings_from_outside() -> None:
    for name in [name for name in os.environ if name.startswith("LAUREL_")]:
        del os.environ[name]


def _environment(settings: Settings) -> dict[str, str]:
    return {
        **os.environ,
        "LAUREL_MONGODB_URI": settings.mongodb_uri,
        "LAUREL_MONGODB_DATABASE": settings.mongodb_database,
        "LAUREL_REDIS_URL": settings.redis_url,
        "LAUREL_JWT_SECRET": _secret(settings),
    }


def _secret(settings: Settings) -> str:
    return settings.jwt_secret.get_secret_value() if settings.jwt_secret else ""
