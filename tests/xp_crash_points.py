"""The crash points of a photo being tagged: run as a script, like `crash_points`.

A job is to tag the photo whose id is the job's number. A survivor does what a worker does about whatever has
been left, tags the photo once more as a client without an answer would, and uploads the next one.
"""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import crash_points
from crash_points import (
    CRASHED,
    CrashPoint,
    Crew,
    Job,
    Kind,
    MongoEffects,
    Told,
    count_redis,
    tell,
    warm_up,
)
from pymongo import monitoring

from app.kit.clock import utc_now
from app.kit.logs import configure_logs
from app.resources import Resources, open_resources
from app.settings import Settings
from app.xp.board_building import live_board_ids
from app.xp.board_checks import check_board
from app.xp.indexing import repair_owed
from app.xp.photos import UploadFacts
from app.xp.rules.places import Place
from app.xp.rules.tags import Tag

USER = 1
UPLOAD_XP = 5
TAGS_XP = 3


@asynccontextmanager
async def photo_crew(kind: Kind) -> AsyncIterator[Crew]:
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


async def work(job: Job) -> None:
    """One photo, tagged."""
    async with open_resources(Settings(**job.settings)) as resources:
        await tag(resources, job.number)


async def recover(job: Job) -> Told:
    """All that a survivor does; and how the rank index differed when the worker's part was done."""
    async with open_resources(Settings(**job.settings)) as resources:
        await repair_owed(resources.ranks, utc_now() + timedelta(minutes=1))
        drift = [
            {"board": board_id, "wrong": (await check_board(resources.ranks, board_id)).wrong}
            async for board_id in live_board_ids(utc_now())
        ]
        await upload(resources, job.number)
        await tag(resources, job.number)
        await upload(resources, job.number + 1)
    return Told(crashed=False, drift=drift)


async def upload(resources: Resources, photo_id: int) -> None:
    await resources.xp.photos.upload(UploadFacts(photo_id, USER, Place(5, 6, 7)), now=utc_now())


async def tag(resources: Resources, photo_id: int) -> None:
    await resources.xp.photos.tag(photo_id, [Tag(TAGS_XP, "bottle")])


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
    asyncio.run(work(job))
    tell(replace(Told(crashed=False), effects=point.effects))
    os._exit(0)


def do_as_survivor(job: Job) -> None:
    """Recover in this process, as one that opens everything anew."""
    tell(asyncio.run(recover(job)))


def main(kind: Kind) -> None:
    """Do the jobs of stdin, one a line."""
    configure_logs("error")
    crash_points.REDIS_EFFECTS = (*crash_points.REDIS_EFFECTS, b"XADD")
    warm_up()
    do = do_as_mortal if kind is Kind.MORTALS else do_as_survivor
    for line in sys.stdin:
        do(Job(**json.loads(line)))


if __name__ == "__main__":
    main(Kind(sys.argv[1]))
