"""The crash points of earnings: run as a script, like `mortals` says.

A job is what an API process and a worker do together: two requests that share a transaction, one of them with
an event twice, and then those who watch are told.
"""

import asyncio
from collections.abc import Sequence
from typing import Any

from bson import ObjectId
from game_world import account
from livestream_world import STREAMER
from mortals import Job, Json, serve

from app.aggregations.earnings import Category
from app.earnings.rules.earning import Earning
from app.kit.clock import utc_now
from app.resources import Resources, open_resources
from app.settings import Settings

SESSION = f"{0xE:024x}"
#: Viewer and diamonds of each event, by request.
REQUESTS = (((1, 5), (2, 7), (1, 11)), ((3, 13), (2, 17)))


def earnings_of(request: int) -> list[Earning]:
    """What a request sends; its last event is there twice."""
    now = utc_now()
    earnings = [
        Earning(
            event_id=f"event-{request}-{number}",
            streamer=ObjectId(account(STREAMER)),
            session=ObjectId(SESSION),
            viewer=ObjectId(account(viewer)),
            category=Category.KARAOKE,
            diamonds=diamonds,
            time=now,
        )
        for number, (viewer, diamonds) in enumerate(REQUESTS[request])
    ]
    return [*earnings, earnings[-1]]


async def record(resources: Resources) -> Sequence[Any]:
    """Both requests at once; what each is answered."""
    recording = resources.earnings.recording
    return await asyncio.gather(
        *(recording.record(earnings_of(request), now=utc_now()) for request in range(len(REQUESTS)))
    )


async def work(job: Job) -> Json:
    """The requests, and whoever watches is told."""
    async with open_resources(Settings(**job.settings)) as resources:
        await record(resources)
        await resources.earnings.news.tell(ObjectId(SESSION))
    return {}


if __name__ == "__main__":
    serve(work, Job)
