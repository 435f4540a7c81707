"""The crash points of a session made active: run as a script, like `mortals` says.

A job is what an API process and a worker do together: the session with a goal, its wake-ups, and all that
follows, up to the messages on followers' devices and the feed.
"""

from datetime import timedelta

from game_world import account
from livestream_world import STREAMER, work_off
from mortals import Job, Json, serve

from app.kit.clock import utc_now
from app.livestream.sessions import SessionChange, Wish
from app.resources import Resources, open_resources
from app.settings import Settings

GOALS = [{"goal": "a song"}]
#: When feeds are due that were wanted just now.
LATER = timedelta(seconds=16)


async def work(job: Job) -> Json:
    """One POST, and everything that is due afterwards."""
    async with open_resources(Settings(**job.settings)) as resources:
        await _go_live(resources)
        await work_off(resources.livestream.follow_ups)
        await resources.livestream.push.send_due(utc_now())
        await _build_feeds(resources)
    return {}


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


if __name__ == "__main__":
    serve(work, Job)
