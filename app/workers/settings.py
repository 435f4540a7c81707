"""The arq worker: what it runs, and how it starts and stops."""

import asyncio
from contextlib import AsyncExitStack
from functools import partial

from arq.worker import Function, Worker, func
from prometheus_client import start_http_server

from app.jobs import (
    AUTHORIZE,
    BUILD_BOARD,
    BUILD_FEED,
    FOLLOW_UP,
    QUEUE,
    ROLL_OVER,
    SEND_PUSHES,
    deserialize_job,
    serialize_job,
)
from app.kit.logs import configure_logs
from app.resources import open_resources
from app.settings import Settings
from app.workers.channels import authorize
from app.workers.feeds import AT_ONCE, generate_most_recent_livestream_feed_by_region_group
from app.workers.livestream import follow_up
from app.workers.push import send_pushes
from app.workers.ranks import build_one_board
from app.workers.rollover import Rolling, roll_over
from app.workers.schedule import BUILD_S, QUICK_S, cron_jobs

DRAIN_S = 30
POLLED_EVERY_S = 0.2
#: Sweeps of which a process has one under way; the next tick finds what came meanwhile.
ONE_AT_A_TIME = (
    "sweeping",
    "repairing",
    "delivering",
    "pushing",
    "telling",
    "mending",
    "raising",
    "minting",
    "cleaning",
)


def run(settings: Settings) -> None:
    """Work until told to stop; what is under way then has 30 s to finish."""
    configure_logs(settings.log_level)
    if settings.worker_metrics_port is not None:
        start_http_server(settings.worker_metrics_port)
    asyncio.run(work(settings))


async def work(settings: Settings) -> None:
    """Open everything, run the worker, close everything."""
    async with AsyncExitStack() as stack:
        resources = await stack.enter_async_context(open_resources(settings, command_timeout_ms=None))
        rolling = await stack.enter_async_context(Rolling(resources.game.rollovers))
        worker = Worker(
            functions=_functions(),
            cron_jobs=cron_jobs(),
            redis_pool=resources.queue,
            queue_name=QUEUE,
            ctx={
                "resources": resources,
                "rolling": rolling,
                "building": asyncio.Semaphore(AT_ONCE),
                **{name: asyncio.Lock() for name in ONE_AT_A_TIME},
            },
            job_serializer=serialize_job,
            job_deserializer=deserialize_job,
            keep_result=0,
            poll_delay=POLLED_EVERY_S,
            job_completion_wait=DRAIN_S,
            handle_signals=True,
            max_jobs=20,
        )
        try:
            await worker.async_run()
        except asyncio.CancelledError:
            pass  # told to stop
        finally:
            await worker.close()


def _functions() -> list[Function]:
    """What jobs may ask for; a task that fails leaves its work to the sweepers."""
    once = partial(func, keep_result=0, max_tries=1)
    return [
        func(build_one_board, name=BUILD_BOARD, timeout=BUILD_S, keep_result=0, max_tries=3),
        once(roll_over, name=ROLL_OVER, timeout=QUICK_S),
        once(follow_up, name=FOLLOW_UP, timeout=QUICK_S),
        once(send_pushes, name=SEND_PUSHES, timeout=BUILD_S),
        once(authorize, name=AUTHORIZE, timeout=QUICK_S),
        once(generate_most_recent_livestream_feed_by_region_group, name=BUILD_FEED, timeout=BUILD_S),
    ]
