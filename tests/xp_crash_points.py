"""The crash points of a photo being tagged: run as a script, like `mortals` says."""

from dataclasses import dataclass

import mortals
from mortals import Json, serve

from app.kit.clock import utc_now
from app.resources import Resources, open_resources
from app.settings import Settings
from app.xp.photos import UploadFacts
from app.xp.rules.places import Place
from app.xp.rules.tags import Tag

USER = 1
UPLOAD_XP = 5
TAGS_XP = 3


@dataclass(frozen=True, kw_only=True)
class Job(mortals.Job):
    """Which photo is to be tagged."""

    photo_id: int


async def work(job: Job) -> Json:
    """What an API process does."""
    async with open_resources(Settings(**job.settings)) as resources:
        await tag(resources, job.photo_id)
    return {}


async def upload(resources: Resources, photo_id: int) -> None:
    """A photo of the one user."""
    await resources.xp.photos.upload(UploadFacts(photo_id, USER, Place(5, 6, 7)), now=utc_now())


async def tag(resources: Resources, photo_id: int) -> None:
    """Its tags."""
    await resources.xp.photos.tag(photo_id, [Tag(TAGS_XP, "bottle")])


if __name__ == "__main__":
    serve(work, Job)
