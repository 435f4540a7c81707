"""Jobs by name: wake-ups for work that MongoDB already knows to be owed.

Losing a job loses nothing: a sweeper finds the work. Asking twice for the same is asking once.
"""

import time
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

import orjson
import structlog
from arq import jobs as arq_jobs
from arq.connections import ArqRedis
from arq.constants import default_queue_name, job_key_prefix
from arq.utils import timestamp_ms
from redis.exceptions import RedisError

log = structlog.get_logger()

BUILD_BOARD = "build_board"
ROLL_OVER = "roll_over"
FOLLOW_UP = "follow_up"
AUTHORIZE = "authorize"
SEND_PUSHES = "send_pushes"
BUILD_FEED = "generate_most_recent_livestream_feed_by_region_group"
#: A feed that is wanted several times in a minute is one job.
FEED_DEBOUNCE = "feature.feeds:user_livestream"
#: A worker that is killed with a job hides the job's id for minutes; so often the same work gets a new one.
NEW_ID_EVERY_S = 5
#: A process that meets a missing board asks for it at most this often.
ASKED_EVERY_S = 1.0
MOST_REMEMBERED = 10_000

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
        self._asked |= dict.fromkeys(wanted, now)
        await self._enqueue(BUILD_BOARD, {f"{BUILD_BOARD}:{board_id}": (board_id,) for board_id in wanted})

    async def roll_over(self, run_ids: Iterable[str]) -> None:
        """Wake workers up for these runs."""
        await self._wake(ROLL_OVER, [(run_id,) for run_id in run_ids])

    async def authorize(self, channels: Iterable[str]) -> None:
        """Have what is remembered about these channels found out anew."""
        await self._wake(AUTHORIZE, [(channel,) for channel in channels])

    async def send_pushes(self) -> None:
        """Wake a worker up for the push messages that are due."""
        await self._wake(SEND_PUSHES, [()])

    async def follow_ups(self, session_id: str, names: Iterable[str]) -> None:
        """Wake workers up for these follow-ups of a session, each by itself."""
        await self._wake(FOLLOW_UP, [(session_id, name) for name in names])

    async def build_feeds(self, keys: Iterable[str]) -> None:
        """Wake workers up for these feeds, by their keys."""
        await self._wake(BUILD_FEED, [(key,) for key in keys])

    async def build_feeds_later(self, keys: Iterable[str], *, after: timedelta) -> None:
        """The same after a pause; whoever else asks in this minute has asked for the same."""
        minute = int(time.time()) // 60
        jobs = {f"{FEED_DEBOUNCE}:{key}:{minute}": (key,) for key in keys}
        await self._enqueue(BUILD_FEED, jobs, after=after)

    async def _wake(self, function: str, calls: Iterable[tuple[str, ...]]) -> None:
        """A job per call; the same call twice within some seconds is one job."""
        period = int(time.time()) // NEW_ID_EVERY_S
        await self._enqueue(function, {":".join([function, *call, str(period)]): call for call in calls})

    async def _enqueue(
        self, function: str, jobs: Mapping[str, tuple[str, ...]], *, after: timedelta = timedelta()
    ) -> None:
        """Put jobs into the queue, arguments by id, in one round trip; one that is there already stays."""
        if not jobs:
            return
        # arq's own way takes three round trips and a connection for each of them.
        now = timestamp_ms()
        due = now + int(after.total_seconds() * 1000)
        expires = due - now + self._pool.expires_extra_ms
        try:
            async with self._pool.pipeline(transaction=True) as pipeline:
                for job_id, call in jobs.items():
                    job = arq_jobs.serialize_job(function, call, {}, None, now, serializer=serialize_job)
                    pipeline.set(f"{job_key_prefix}{job_id}", job, px=expires, nx=True)
                pipeline.zadd(QUEUE, dict.fromkeys(jobs, due), nx=True)
                await pipeline.execute()
        except (RedisError, OSError) as error:
            log.warning("jobs.not_enqueued", job=function, error=type(error).__name__)
