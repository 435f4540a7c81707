"""Processes that end at a chosen external effect: before it is sent, or after its answer is there.

An external effect is a write command to MongoDB, a command of the rank index or the queue to Redis, or a
request to another service. Run as a script this does jobs, one for each line of stdin: a job is all that a
worker does until nothing is owed. As `mortals` it forks a child for each, which may end at its crash point
as if killed; as `survivor` it does them itself.
"""

import asyncio
import gc
import importlib
import json
import os
import sys
import threading
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

import httpx
from bson import Binary
from pymongo import MongoClient, monitoring
from redis.asyncio.connection import AbstractConnection

from app.clients.transport import trusted_authorities
from app.game.indexing import build_missing_boards, check_board, live_shard_ids
from app.game.journal import repair_after_silent_writers
from app.game.ledgers import GrantDocument, GrantStatus, RunState
from app.game.rollovers.runs import read_runs
from app.game.score_round import ScoreOrder, keyed
from app.kit.logs import configure_logs
from app.resources import ALL_DOCUMENTS, Resources, open_resources
from app.settings import Settings
from app.workers.rollover import sweep_rollovers

Json = dict[str, Any]
#: Account, leaderboard, delta and key.
Score = tuple[str, str, int, str]

CRASHED = 9
CALLER = "sweep"
LOOKS_AGAIN_AFTER_S = 0.02
IMPORTED_LATE = ("anyio._backends._asyncio", "certifi", "httpcore", "tzdata")
WRITES = {"insert", "update", "delete", "findAndModify", "commitTransaction"}
#: Words of a packed command; what a connection says when it is made is no effect.
REDIS_EFFECTS: tuple[bytes, ...] = (b"EVAL", b"ZADD")


class Kind(StrEnum):
    """Who does jobs."""

    MORTALS = "mortals"
    SURVIVOR = "survivor"


class Moment(StrEnum):
    """On which side of an effect a process ends."""

    BEFORE = "before"
    AFTER = "after"


@dataclass(frozen=True)
class Job:
    """Scores to send with a key each, and the effect at which to end; number 0 is none.

    `scores` are sent while the board is locked, `retries` when everything else is done.
    """

    settings: Json
    scores: list[Score] = field(default_factory=list)
    retries: list[Score] = field(default_factory=list)
    moment: Moment = Moment.BEFORE
    number: int = 0


@dataclass(frozen=True)
class Told:
    """What was said at the end of a job: the effects up to there, and the sessions that had transactions.

    With retries, also the answers to them, and how each board of the rank index differs from MongoDB.
    """

    crashed: bool
    effects: list[str] = field(default_factory=list)
    sessions: list[str] = field(default_factory=list)
    answers: list[Json] = field(default_factory=list)
    drift: list[Json] = field(default_factory=list)

    def end_transactions(self, mongo: MongoClient[Json]) -> None:
        """What mongod does by itself some seconds after a process has died."""
        found = [{"id": Binary(bytes.fromhex(session), 4)} for session in self.sessions]
        if found:
            mongo.admin.command("killSessions", found)


class Crew:
    """The script as a process, given one job at a time."""

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
async def crew(kind: Kind, script: str = __file__) -> AsyncIterator[Crew]:
    """A process for jobs, ended afterwards."""
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


class CrashPoint:
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
            tell(Told(crashed=True, effects=self.effects, sessions=list(self.sessions)))
            os._exit(CRASHED)


class MongoEffects(monitoring.CommandListener):
    """The write commands of every client that is made from now on."""

    def __init__(self, point: CrashPoint) -> None:
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


def count_redis(point: CrashPoint) -> None:
    """Count every script and everything queued, on whichever connection."""
    send, read = AbstractConnection.send_packed_command, AbstractConnection.read_response
    sent: dict[AbstractConnection, int] = {}

    async def counted_send(self: AbstractConnection, command: Any, *args: Any, **more: Any) -> None:
        words = command if isinstance(command, bytes) else b"".join(command)
        if any(word in words for word in REDIS_EFFECTS):
            sent[self] = point.before("redis")
        await send(self, command, *args, **more)

    async def counted_read(self: AbstractConnection, *args: Any, **more: Any) -> Any:
        try:
            return await read(self, *args, **more)
        finally:
            point.after(sent.pop(self, None))

    AbstractConnection.send_packed_command = counted_send  # type: ignore[method-assign]
    AbstractConnection.read_response = counted_read  # type: ignore[method-assign]


def count_http(point: CrashPoint) -> None:
    """Count every request to another service."""
    send = httpx.AsyncHTTPTransport.handle_async_request

    async def counted(self: httpx.AsyncHTTPTransport, request: httpx.Request) -> httpx.Response:
        number = point.before(f"http {request.url.path}")
        response = await send(self, request)
        point.after(number)
        return response

    httpx.AsyncHTTPTransport.handle_async_request = counted  # type: ignore[method-assign]


async def work(job: Job) -> Told:
    """Do all that a worker does until nothing is owed, with a few scores that arrive meanwhile."""
    async with open_resources(Settings(**job.settings), command_timeout_ms=None) as resources:
        await sweep_rollovers({"resources": resources})
        await asyncio.gather(*(_send(resources, *score) for score in job.scores))
        await _roll_over(resources)
        await _deliver(resources)
        return await _look_back(resources, job) if job.retries else Told(crashed=False)


async def _look_back(resources: Resources, job: Job) -> Told:
    answers = [await _send(resources, *score) for score in job.retries]
    await repair_after_silent_writers(resources.ranks)
    await build_missing_boards(resources.ranks)
    drift = [asdict(await check_board(resources.ranks, shard)) async for shard in live_shard_ids()]
    return Told(crashed=False, answers=answers, drift=drift)


async def _send(resources: Resources, account_id: str, board: str, delta: int, key: str) -> Json:
    order = keyed(ScoreOrder(account_id, board, None, delta), caller=CALLER, key=key)
    return (await resources.game.scores.add(order))._asdict()


async def _roll_over(resources: Resources) -> None:
    while running := [row["_id"] for row in await read_runs(None) if row["state"] == RunState.RUNNING]:
        for run_id in running:
            await resources.game.rollovers.run(run_id)
        await asyncio.sleep(LOOKS_AGAIN_AFTER_S)


async def _deliver(resources: Resources) -> None:
    owed = {"status": GrantStatus.OWED}
    while await GrantDocument.get_motor_collection().find_one(owed):
        await resources.game.deliveries.deliver_due(datetime.now(UTC))


def tell(told: Told) -> None:
    """Say how a job ended."""
    os.write(sys.stdout.fileno(), json.dumps(asdict(told)).encode() + b"\n")


def do_as_mortal(job: Job) -> None:
    """Fork a child that does the job and counts its effects."""
    child = os.fork()
    if child:
        _, status = os.waitpid(child, 0)
        assert os.waitstatus_to_exitcode(status) in {0, CRASHED}
        return
    point = CrashPoint(job)
    monitoring.register(MongoEffects(point))
    count_redis(point)
    count_http(point)
    told = asyncio.run(work(job))
    tell(replace(told, effects=point.effects))
    os._exit(0)


def do_as_survivor(job: Job) -> None:
    """Do the job in this process, as one that opens everything anew."""
    tell(asyncio.run(work(job)))


def warm_up() -> None:
    """Do once what every child would do again; that is half of what a child costs."""
    for name in IMPORTED_LATE:
        importlib.import_module(name)
    for document in ALL_DOCUMENTS:
        document.__signature__  # noqa: B018 # it is worked out when it is first looked at
    trusted_authorities()
    gc.freeze()


def main(kind: Kind) -> None:
    """Do the jobs of stdin, one a line."""
    configure_logs("error")
    warm_up()
    do = do_as_mortal if kind is Kind.MORTALS else do_as_survivor
    for line in sys.stdin:
        do(Job(**json.loads(line)))


if __name__ == "__main__":
    main(Kind(sys.argv[1]))
