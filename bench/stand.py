"""The test stand: servers and processes of one run, all of them gone when it ends."""

import asyncio
import http.client
import os
import secrets
import sys
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

from pydantic import SecretStr
from pymongo import MongoClient
from redis import Redis

from app.dev.children import Child
from app.dev.servers import HOST, free_port, start_mongod, start_redis
from app.kit.logs import configure_logs
from app.kit.tokens import sign_token
from app.resources import Resources, open_resources
from app.settings import Settings
from bench.load import Call, MeasurementFailed, write_calls

Answer = TypeVar("Answer")

#: The largest boards should be limited by the code, not by a cache made for a laptop.
MONGOD_CACHE_GB = 4.0
TOKENS_LAST_S = 6 * 60 * 60
READY_WITHIN_S = 30.0
POLL_S = 0.01
MIB = 1024


@dataclass(frozen=True, slots=True)
class Process:
    """A serving process, and how long it took to serve."""

    url: str
    port: int
    pid: int
    started_in_s: float

    def peak_memory_mib(self) -> float:
        """The most memory it ever had resident."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        peak = next(line for line in status.splitlines() if line.startswith("VmHWM"))
        return int(peak.split()[1]) / MIB


@dataclass(frozen=True, slots=True)
class Stand:
    """What a row measures with."""

    settings: Settings
    directory: Path
    mongodb: MongoClient[dict[str, Any]]
    redis: "Redis"
    api: Process
    _tokens: dict[str, str] = field(default_factory=dict)

    def run(self, act: Callable[[Resources], Awaitable[Answer]]) -> Answer:
        """Do something inside the service's own code, in this process."""

        async def with_resources() -> Answer:
            async with open_resources(self.settings) as resources:
                return await act(resources)

        return asyncio.run(with_resources())

    def player_token(self, account_id: str) -> str:
        """A signed token of one player, the same one each time."""
        if account_id not in self._tokens:
            self._tokens[account_id] = self._token(account_id, "player")
        return self._tokens[account_id]

    def service_token(self) -> str:
        """A signed token that acts for anyone."""
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
        command = ["-m", "bench.floor", str(port), str(answer_file)]
        with _serving("floor", command, port, self.settings, self.directory) as process:
            yield process

    def _token(self, subject: str, role: str) -> str:
        secret = _secret(self.settings)
        audience = self.settings.jwt_audience
        return sign_token(secret, subject=subject, role=role, audience=audience, ttl_s=TOKENS_LAST_S)


@contextmanager
def standing() -> Iterator[Stand]:
    """Servers with empty data and one API process, on ports of their own."""
    configure_logs("warning")
    with ExitStack() as stack:
        directory = Path(stack.enter_context(TemporaryDirectory(prefix="laurel-bench-")))
        mongod = start_mongod(directory / "mongod", cache_gb=MONGOD_CACHE_GB)
        stack.callback(mongod.stop)
        redis_server = start_redis(directory / "redis")
        stack.callback(redis_server.stop)
        settings = Settings(  # type: ignore[call-arg] # the rest has defaults
            mongodb_uri=mongod.uri,
            redis_url=redis_server.uri,
            jwt_secret=SecretStr(secrets.token_hex(32)),
        )
        mongodb: MongoClient[dict[str, Any]] = stack.enter_context(MongoClient(mongod.uri))
        redis = stack.enter_context(Redis.from_url(redis_server.uri))
        port = free_port()
        command = ["-P", "-m", "app.cli", "api", "--port", str(port)]
        api = stack.enter_context(_serving("api", command, port, settings, directory))
        yield Stand(settings, directory, mongodb, redis, api)


@contextmanager
def _serving(
    name: str, command: Sequence[str], port: int, settings: Settings, directory: Path
) -> Iterator[Process]:
    log = directory / f"{name}.log"
    child = Child(
        name=name,
        command=[sys.executable, *command],
        log=log,
        environment=_environment(settings),
    )
    began = time.monotonic()
    child.launch()
    try:
        _wait_until_ready(child, port, log)
        took = time.monotonic() - began
        yield Process(f"http://{HOST}:{port}", port, child.process.pid if child.process else 0, took)
    finally:
        child.stop()


def _wait_until_ready(child: Child, port: int, log: Path) -> None:
    deadline = time.monotonic() + READY_WITHIN_S
    while not _is_ready(port):
        if not child.is_running() or time.monotonic() > deadline:
            raise MeasurementFailed(f"{child.name} did not start: {log.read_text()[-2000:]}")
        time.sleep(POLL_S)


def _is_ready(port: int) -> bool:
    connection = http.client.HTTPConnection(HOST, port, timeout=5)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == http.HTTPStatus.OK
    except OSError:
        return False
    finally:
        connection.close()


def _environment(settings: Settings) -> dict[str, str]:
    """This process's environment without what it says to the service, and with these settings."""
    others = {name: value for name, value in os.environ.items() if not name.startswith("LAUREL_")}
    return others | {
        "LAUREL_MONGODB_URI": settings.mongodb_uri,
        "LAUREL_REDIS_URL": settings.redis_url,
        "LAUREL_JWT_SECRET": _secret(settings),
    }


def _secret(settings: Settings) -> str:
    return settings.jwt_secret.get_secret_value() if settings.jwt_secret else ""
