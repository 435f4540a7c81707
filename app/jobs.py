"""Jobs by name: wake-ups for work that MongoDB already knows to be owed.

Losing a job loses nothing: a sweeper finds the work. Asking twice for the same is asking once.
"""

import asyncio
import time
from collections.abc import Iterable
from typing import Any

import orjson
import structlog
from arq.connections import ArqRedis
from arq.constants import default_queue_name
from redis.exceptions import RedisError

log = structlog.get_logger()

BUILD_BOARD = "build_board"
ROLL_OVER = "roll_over"
FOLLOW_UP = "follow_up"
AUTHORIZE = "authorize"
SEND_PUSHES = "send_pushes"
#: A worker that is killed with a job hides the job's id for minutes; so often the same work gets a new one.
NEW_ID_EVERY_S = 5
#: A process that meets a missing board asks for it at most this often.
ASKED_EVERY_S = 1.0
MOST_REMEMBERED = 10_000
#: Jobs that are put into the queue side by side, each on a connection of its own.
AT_ONCE = 8

QUEUE = f"laurel:{default_queue_name}"


def serialize_job(job: dict[str, Any]) -> bytes:
    """A job as JSON: with pickle, whoever can write to Redis could run code in a worker."""
    return orjson.dumps(job, default=str)


def deserialize_job(job: bytes) -> dict[str, Any]:
    """A job read from Redis."""
    decoded: dict[str, Any] = orjson.loads(job)
    return decoded


class Jobs:
    """Puts wake-ups into the queue."""

    def __init__(self, pool: ArqRedis) -> None:
        self._pool = pool
        self._asked: dict[str, float] = {}

    async def build_boards(self, board_ids: Iterable[str]) -> None:
        """Ask a worker to build these boards of the rank index from MongoDB."""
        now = time.monotonic()
        if len(self._asked) > MOST_REMEMBERED:
            self._asked.clear()
        wanted = [
            board for board in board_ids if now - self._asked.get(board, -ASKED_EVERY_S) >= ASKED_EVERY_S
        ]
        try:
            for board_id in wanted:
                self._asked[board_id] = now
                await self._pool.enqueue_job(BUILD_BOARD, board_id, _job_id=f"{BUILD_BOARD}:{board_id}")
        except (RedisError, OSError) as error:
            log.warning("jobs.not_enqueued", job=BUILD_BOARD, error=type(error).__name__)

    async def roll_over(self, run_ids: Iterable[str]) -> None:
        """Wake workers up for these runs."""
        period = int(time.time()) // NEW_ID_EVERY_S
        try:
            for run_id in run_ids:
                await self._pool.enqueue_job(ROLL_OVER, run_id, _job_id=f"{ROLL_OVER}:{run_id}:{period}")
        except (RedisError, OSError) as error:
            log.warning("jobs.not_enqueued", job=ROLL_OVER, error=type(error).__name__)

    async def authorize(self, channels: Iterable[str]) -> None:
        """Have what is remembered about these channels found out anew."""
        period = int(time.time()) // NEW_ID_EVERY_S
        try:
            for channel in channels:
                await self._pool.enqueue_job(AUTHORIZE, channel, _job_id=f"{AUTHORIZE}:{channel}:{period}")
        except (RedisError, OSError) as error:
            log.warning("jobs.not_enqueued", job=AUTHORIZE, error=type(error).__name__)

    async def send_pushes(self) -> None:
        """Wake a worker up for the push messages that are due."""
        period = int(time.time()) // NEW_ID_EVERY_S
        try:
            await self._pool.enqueue_job(SEND_PUSHES, _job_id=f"{SEND_PUSHES}:{period}")
        except (RedisError, OSError) as error:
            log.warning("jobs.not_enqueued", job=SEND_PUSHES, error=type(error).__name__)

    async def follow_ups(self, session_id: str, names: Iterable[str]) -> None:
        """Wake workers up for these follow-ups of a session, each by itself."""
        period = int(time.time()) // NEW_ID_EVERY_S
        wanted = list(names)
        try:
            for first in range(0, len(wanted), AT_ONCE):
                await asyncio.gather(
                    *(
                        self._pool.enqueue_job(
                            FOLLOW_UP, session_id, name, _job_id=f"{FOLLOW_UP}:{session_id}:{name}:{period}"
                        )
                        for name in wanted[first : first + AT_ONCE]
                    )
                )
        except (RedisError, OSError) as error:
            log.warning("jobs.not_enqueued", job=FOLLOW_UP, error=type(error).__name__)
