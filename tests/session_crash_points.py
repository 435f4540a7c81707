"""The crash points of a session made active: run as a script, like `mortals` says.

A job is what an API process and a worker do together: the session, its wake-ups, and all that follows.
"""

from game_world import account
from livestream_world import STREAMER, work_off
from mortals import Job, Json, serve

from app.kit.clock import utc_now
from app.livestream.sessions import Wish
from app.resources import open_resources
from app.settings import Settings


async def work(job: Job) -> Json:
    """One POST, and every follow-up that is due afterwards."""
    async with open_resources(Settings(**job.settings)) as resources:
        await resources.livestream.sessions.activate(account(STREAMER), Wish("crash"), now=utc_now())
        await work_off(resources.livestream.follow_ups)
    return {}


if __name__ == "__main__":
    serve(work, Job)
