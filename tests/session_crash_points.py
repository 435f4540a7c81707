"""The crash points of a session made active: run as a script, like `crash_points`.

A job is what an API process and a worker do together: the session with a goal, its wake-ups, and all that
follows, up to the messages on followers' devices and the feed.
"""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import crash_points
from crash_points import (
    CRASHED,
    CrashPoint,
    Crew,
    Job,
    Kind,
    MongoEffects,
    Told,
    count_http,
    count_redis,
    tell,
    warm_up,
)
from game_world import account
from livestream_world import STREAMER, work_off
from pymongo import monitoring

from app.kit.clock import utc_now
from app.kit.logs import configure_logs
from app.livestream.sessions import SessionChange, Wish
from app.resources import Resources, open_resources
from app.settings import Settings

#: Besides those of rollovers: jobs, and what is remembered about channels.
REDIS_EFFECTS = (*crash_points.REDIS_EFFECTS, b"DEL")
GOALS = [{"goal": "a song"}]
#: When feeds are due that were wanted just now.
LATER = timedelta(seconds=16)


@asynccontextmanager
async def session_crew(kind: Kind) -> AsyncIterator[Crew]:
    """A process for jobs, ended afterwards."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, __file__, kind),
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


async def work(resources: Resources) -> None:
    """One POST, and everything that is due afterwards."""
    await _go_live(resources)
    await work_off(resources.livestream.follow_ups)
    await resources.livestream.push.send_due(utc_now())
    await _build_feeds(resources)


async def _go_live(resources: Resources) -> None:
    sessions = resources.livestream.sessions
    session, _ = await sessions.activate(account(STREAMER), Wish("crash"), now=utc_now())
    await sessions.change(str(session["_id"]), SessionChange(show_goal_pairs=GOALS), now=utc_now())


async def _build_feeds(resources: Resources) -> None:
    feeds, later = resources.livestream.feeds, utc_now() + LATER
    for key in await feeds.due(later):
        await feeds.build(key, now=later)
    for key in await feeds.untold(later):
        await feeds.tell(key, now=later)


async def open_and_work(settings: dict[str, Any]) -> None:
    """The same by a process that has nothing open yet."""
    async with open_resources(Settings(**settings)) as resources:
        await work(resources)


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
    asyncio.run(open_and_work(job.settings))
    tell(replace(Told(crashed=False), effects=point.effects))
    os._exit(0)


async def survive() -> None:
    """Do every job in this process, which has opened everything at the first."""
    async with AsyncExitStack() as stack:
        resources: Resources | None = None
        for line in sys.stdin:
            job = Job(**json.loads(line))
            resources = resources or await stack.enter_async_context(open_resources(Settings(**job.settings)))
            await work(resources)
            tell(Told(crashed=False))


def main(kind: Kind) -> None:
    """Do the jobs of stdin, one a line."""
    configure_logs("error")
    crash_points.REDIS_EFFECTS = REDIS_EFFECTS
    warm_up()
    if kind is Kind.SURVIVOR:
        asyncio.run(survive())
        return
    for line in sys.stdin:
        do_as_mortal(Job(**json.loads(line)))


if __name__ == "__main__":
    main(Kind(sys.argv[1]))
