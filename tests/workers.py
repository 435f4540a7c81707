"""What is in the queue, done."""

import asyncio
from typing import Any

from arq.utils import timestamp_ms
from arq.worker import Worker, func

from app.jobs import AUTHORIZE, BUILD_FEED, FOLLOW_UP, QUEUE, SEND_PUSHES, deserialize_job, serialize_job
from app.resources import Resources
from app.workers.channels import authorize
from app.workers.feeds import generate_most_recent_livestream_feed_by_region_group
from app.workers.livestream import follow_up
from app.workers.push import send_pushes

FUNCTIONS: dict[str, Any] = {
    AUTHORIZE: authorize,
    BUILD_FEED: generate_most_recent_livestream_feed_by_region_group,
    FOLLOW_UP: follow_up,
    SEND_PUSHES: send_pushes,
}
LOOKS_AGAIN_AFTER_S = 0.01


async def run_jobs(resources: Resources) -> None:
    """Every livestream job whose time has come, and what comes of it at once, done by a worker."""
    worker = Worker(
        functions=[func(act, name=name, keep_result=0, max_tries=1) for name, act in FUNCTIONS.items()],
        redis_pool=resources.queue,
        queue_name=QUEUE,
        ctx={"resources": resources, "building": asyncio.Semaphore(), "pushing": asyncio.Lock()},
        job_serializer=serialize_job,
        job_deserializer=deserialize_job,
        handle_signals=False,
        poll_delay=LOOKS_AGAIN_AFTER_S,
    )
    working = asyncio.create_task(worker.async_run())
    try:
        async with asyncio.timeout(20):
            while await resources.queue.zcount(QUEUE, 0, timestamp_ms()):  # noqa: ASYNC110 # nothing tells of it
                await asyncio.sleep(LOOKS_AGAIN_AFTER_S)
    finally:
        # Again and again: the Redis client may take a cancellation for the end of one of its own waits.
        while not working.done():
            working.cancel()
            await asyncio.wait({working}, timeout=0.1)
