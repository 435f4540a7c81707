"""Round trips to Redis that know which server process answers them."""

import asyncio
import re
from collections.abc import Sequence
from typing import Any, NamedTuple, cast

import hiredis
from redis.asyncio import Redis
from redis.asyncio.connection import AbstractConnection
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import NoScriptError, ResponseError

from app.kit.gathering import Gathering
from app.ranking.breaker import Breaker
from app.ranking.scripts import Script

CONNECT_TIMEOUT_S = 0.5
COMMAND_TIMEOUT_S = 1.0
#: Questions that share a round trip; more would hold up everybody else's commands.
AT_ONCE = 16

_RUN_ID = re.compile(rb"run_id:([0-9a-f]+)")


class Call(NamedTuple):
    """One script on the keys of one board; hashable if its arguments are a tuple."""

    script: Script
    keys: tuple[str, ...]
    args: Sequence[str | int | bytes] = ()


def open_redis(url: str) -> Redis:
    """A client that never repeats a command by itself; connects when first used.

    Who asks says how long to wait: one limit for a whole exchange, where the client would set one for every
    reply. Every connection learns on connecting which server process it reached: a process that has lost or
    gone back in its data is another one.
    """
    client: Redis = Redis.from_url(
        url,
        socket_connect_timeout=CONNECT_TIMEOUT_S,
        redis_connect_func=_meet_server,
        protocol=2,
    )
    return client


async def _meet_server(connection: AbstractConnection) -> None:
    await connection.on_connect()
    await connection.send_command("INFO", "server")
    found = _RUN_ID.search(await connection.read_response())
    if found is None:
        await connection.disconnect()
        raise RedisConnectionError("The server does not say which process it is.")
    vars(connection)["run_id"] = found[1]


class RankServer:
    """The Redis behind a client made by `open_redis`, asked by scripts."""

    def __init__(self, redis: Redis) -> None:
        self._pool = redis.connection_pool
        self._breaker = Breaker()
        self._questions: Gathering[Sequence[Call], list[Any]] = Gathering(self._ask_all, most=AT_ONCE)

    async def ask(self, calls: Sequence[Call]) -> list[Any]:
        """As `run`, in one round trip with what others ask while an earlier question is under way.

        Calls only read, and are hashable: what several ask is asked once.
        """
        return await self._questions.submit(calls)

    async def _ask_all(self, questions: Sequence[Sequence[Call]]) -> list[list[Any]]:
        distinct = list(dict.fromkeys(call for calls in questions for call in calls))
        answers = dict(zip(distinct, await self.run(distinct), strict=True))
        return [[answers[call] for call in calls] for calls in questions]

    async def run(self, calls: Sequence[Call]) -> list[Any]:
        """Each script's answer, all in one round trip; not a transaction.

        Each script's first argument becomes the server process behind the connection in use. Raises
        RankIndexAway if any has no answer; the others may have been run.
        """
        if not calls:
            return []
        with self._breaker.attempt():
            async with asyncio.timeout(COMMAND_TIMEOUT_S):
                connection = await self._pool.get_connection()
                try:
                    return await _ask(connection, calls)
                except BaseException:
                    # Replies may still be on their way, or the server is no longer what it was.
                    await connection.disconnect(nowait=True)
                    raise
                finally:
                    await self._pool.release(connection)


async def _ask(connection: AbstractConnection, calls: Sequence[Call]) -> list[Any]:
    run_id = cast("bytes", vars(connection)["run_id"])
    packed = [_pack("EVALSHA", call.script.sha, call, run_id) for call in calls]
    answers = await _exchange(connection, packed)
    unknown = [at for at, answer in enumerate(answers) if isinstance(answer, NoScriptError)]
    if unknown:
        # EVAL makes the server remember the script as well.
        packed = [_pack("EVAL", calls[at].script.text, calls[at], run_id) for at in unknown]
        for at, answer in zip(unknown, await _exchange(connection, packed), strict=True):
            answers[at] = answer
    for answer in answers:
        if isinstance(answer, ResponseError):
            raise answer
    return answers


def _pack(command: str, script: str, call: Call, run_id: bytes) -> bytes:
    words: Any = (command, script, len(call.keys), *call.keys, run_id, *call.args)
    return cast("bytes", hiredis.pack_command(words))


async def _exchange(connection: AbstractConnection, packed: Sequence[bytes]) -> list[Any]:
    await connection.send_packed_command(packed)
    answers: list[Any] = []
    for _ in packed:
        try:
            answers.append(await connection.read_response())
        except ResponseError as error:
            answers.append(error)
    return answers
