"""Processes that end at a chosen external effect: before it is sent, or after its answer is there.

An external effect is a write command to MongoDB, a command of the rank index, the channels or the queue to
Redis, or a request to another service. A script that calls `serve` does jobs, one for each line of stdin.
As `mortals` it forks a child for each, which may end at its crash point as if killed; as `survivor` it does
them itself.
"""

import asyncio
import gc
import importlib
import json
import os
import sys
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

import httpx
from bson import Binary
from pymongo import MongoClient, monitoring
from redis.asyncio.connection import AbstractConnection

from app.clients.transport import trusted_authorities
from app.kit.logs import configure_logs
from app.resources import ALL_DOCUMENTS

Json = dict[str, Any]

CRASHED = 9
IMPORTED_LATE = ("anyio._backends._asyncio", "certifi", "httpcore", "tzdata")
WRITES = {"insert", "update", "delete", "findAndModify", "commitTransaction"}
#: Words of a packed command; what a connection says when it is made is no effect.
REDIS_EFFECTS = (b"EVAL", b"ZADD", b"XADD", b"DEL")


class Kind(StrEnum):
    """Who does jobs."""

    MORTALS = "mortals"
    SURVIVOR = "survivor"


class Moment(StrEnum):
    """On which side of an effect a process ends."""

    BEFORE = "before"
    AFTER = "after"


@dataclass(frozen=True, kw_only=True)
class Job:
    """The settings to work with, and the effect at which to end; number 0 is none."""

    settings: Json
    moment: Moment = Moment.BEFORE
    number: int = 0


AJob = TypeVar("AJob", bound=Job)


@dataclass(frozen=True)
class Told:
    """What was said at the end of a job: its effects up to there, the sessions that had transactions.

    `said` is what the work itself came to.
    """

    crashed: bool
    effects: list[str] = field(default_factory=list)
    sessions: list[str] = field(default_factory=list)
    said: Json = field(default_factory=dict)

    def end_transactions(self, mongo: MongoClient[Json]) -> None:
        """What mongod does by itself some seconds after a process has died."""
        found = [{"id": Binary(bytes.fromhex(session), 4)} for session in self.sessions]
        if found:
            mongo.admin.command("killSessions", found)


class Crew:
    """A script as a process, given one job at a time."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def do(self, job: Job) -> Told:
        """What whoever did this job told."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(asdict(job)).encode() + b"\n")
        line = await self._process.stdout.readline()
        assert line, "a process ended that was not to"
        return Told(**json.loads(line))


@asynccontextmanager
async def crew(script: str, kind: Kind) -> AsyncIterator[Crew]:
    """A process for the jobs of a script, ended afterwards."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, script, kind),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])},
        limit=2**20,
    )
    assert process.stdin
    try:
        yield Crew(process)
    finally:
        process.stdin.close()
        await process.wait()


def serve(work: Callable[[AJob], Awaitable[Json]], job: type[AJob]) -> None:
    """Do the jobs of stdin, one a line, as the kind that the command line names."""
    configure_logs("error")
    _warm_up()
    do = _do_as_mortal if Kind(sys.argv[1]) is Kind.MORTALS else _do_as_survivor
    for line in sys.stdin:
        do(work, job(**json.loads(line)))


def _do_as_mortal(work: Callable[[AJob], Awaitable[Json]], job: AJob) -> None:
    """Fork a child that does the job and counts its effects."""
    child = os.fork()
    if child:
        _, status = os.waitpid(child, 0)
        assert os.waitstatus_to_exitcode(status) in {0, CRASHED}
        return
    point = _CrashPoint(job)
    monitoring.register(_MongoEffects(point))
    _count_redis(point)
    _count_http(point)
    told = asyncio.run(_told(work, job))
    _tell(replace(told, effects=point.effects))
    os._exit(0)


def _do_as_survivor(work: Callable[[AJob], Awaitable[Json]], job: AJob) -> None:
    """Do the job in this process, as one that opens everything anew."""
    _tell(asyncio.run(_told(work, job)))


async def _told(work: Callable[[AJob], Awaitable[Json]], job: AJob) -> Told:
    return Told(crashed=False, said=await work(job))


def _tell(told: Told) -> None:
    os.write(sys.stdout.fileno(), json.dumps(asdict(told)).encode() + b"\n")


def _warm_up() -> None:
    """Do once what every child would do again; that is half of what a child costs."""
    for name in IMPORTED_LATE:
        importlib.import_module(name)
    for document in ALL_DOCUMENTS:
        document.__signature__  # noqa: B018 # it is worked out when it is first looked at
    trusted_authorities()
    gc.freeze()


class _CrashPoint:
    """Counts this process's effects, and ends it at one of them."""

    def __init__(self, job: Job) -> None:
        self._job = job
        self._lock = threading.Lock()
        self.effects: list[str] = []
        self.sessions: set[str] = set()

    def before(self, effect: str) -> int:
        """An effect is about to be sent; its number."""
        with self._lock:
            self.effects.append(effect)
            number = len(self.effects)
            self._end_at(Moment.BEFORE, number)
        return number

    def after(self, number: int | None) -> None:
        """The answer to that effect is there."""
        with self._lock:
            self._end_at(Moment.AFTER, number)

    def _end_at(self, moment: Moment, number: int | None) -> None:
        if (self._job.moment, self._job.number) == (moment, number):
            _tell(Told(crashed=True, effects=self.effects, sessions=list(self.sessions)))
            os._exit(CRASHED)


class _MongoEffects(monitoring.CommandListener):
    """The write commands of every client that is made from now on."""

    def __init__(self, point: _CrashPoint) -> None:
        self._point = point
        self._numbers: dict[int, int] = {}

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        if event.command.get("autocommit") is False:
            self._point.sessions.add(event.command["lsid"]["id"].hex())
        if _writes(event.command_name, event.command):
            written = event.command.get(event.command_name)
            self._numbers[event.request_id] = self._point.before(f"mongodb {event.command_name} {written}")

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
        self._point.after(self._numbers.pop(event.request_id, None))

    def failed(self, event: monitoring.CommandFailedEvent) -> None:
        self._point.after(self._numbers.pop(event.request_id, None))


def _writes(name: str, command: Mapping[str, Any]) -> bool:
    return name in WRITES or (name == "aggregate" and "$merge" in command["pipeline"][-1])


def _count_redis(point: _CrashPoint, effects: Collection[bytes] = REDIS_EFFECTS) -> None:
    """Count every script and everything queued, on whichever connection."""
    send, read = AbstractConnection.send_packed_command, AbstractConnection.read_response
    sent: dict[AbstractConnection, int] = {}

    async def counted_send(self: AbstractConnection, command: Any, *args: Any, **more: Any) -> None:
        words = command if isinstance(command, bytes) else b"".join(command)
        if any(word in words for word in effects):
            sent[self] = point.before("redis")
        await send(self, command, *args, **more)

    async def counted_read(self: AbstractConnection, *args: Any, **more: Any) -> Any:
        try:
            return await read(self, *args, **more)
        finally:
            point.after(sent.pop(self, None))

    AbstractConnection.send_packed_command = counted_send  # type: ignore[method-assign]
    AbstractConnection.read_response = counted_read  # type: ignore[method-assign]


def _count_http(point: _CrashPoint) -> None:
    """Count every request to another service."""
    send = httpx.AsyncHTTPTransport.handle_async_request

    async def counted(self: httpx.AsyncHTTPTransport, request: httpx.Request) -> httpx.Response:
        number = point.before(f"http {request.url.path}")
        response = await send(self, request)
        point.after(number)
        return response

    httpx.AsyncHTTPTransport.handle_async_request = counted  # type: ignore[method-assign]
