"""What other services tell about photos, and XP given to administrators. Every route may be repeated."""

from typing import Annotated

import orjson
from fastapi import APIRouter, Path, Response

from app.kit.ids import USER_ID_PATTERN
from app.routers.auth import ServiceCaller
from app.routers.dependencies import Now, Opened
from app.routers.refusals import refusals
from app.routers.schemas.xp import PhotoIn, PhotoOut, RewardIn, RewardOut, TagIn, TagsIn
from app.routers.strict import StrictRoute
from app.routers.xp_views import photo_view
from app.xp.errors import PhotoDeleted, PhotoOfAnother, UnknownPhoto, UnknownTeam
from app.xp.photos import UploadFacts
from app.xp.rewards import Reward
from app.xp.rules.photos import Photo
from app.xp.rules.places import Place
from app.xp.rules.tags import Brand, Tag

router = APIRouter(prefix="/api", tags=["xp"], route_class=StrictRoute)

PhotoId = Annotated[str, Path(pattern=USER_ID_PATTERN, examples=["12"])]


@router.post(
    "/photos",
    response_model=PhotoOut,
    responses=refusals(UnknownTeam, PhotoOfAnother, PhotoDeleted),
)
async def post_photo(_: ServiceCaller, resources: Opened, now: Now, body: PhotoIn) -> Response:
    """A photo was uploaded: 5 XP at once, unless its team is a school.

    It counts where and when it was taken, and stays with its user and team. Told again with another place or
    time, it counts there, and no longer where it did.
    """
    place = Place(body.country_id, body.state_id, body.city_id)
    facts = UploadFacts(body.photo_id, body.user_id, place, body.team_id, body.created_at)
    return _json(await resources.xp.photos.upload(facts, now=now))


@router.put("/photos/{photo_id}/tags", response_model=PhotoOut, responses=refusals(UnknownPhoto))
async def put_tags(_: ServiceCaller, resources: Opened, photo_id: PhotoId, body: TagsIn) -> Response:
    """The whole list of a photo's tags; replaces the one before."""
    return _json(await resources.xp.photos.tag(int(photo_id), [_tag(tag) for tag in body.tags]))


@router.post("/photos/{photo_id}/approve", response_model=PhotoOut, responses=refusals(UnknownPhoto))
async def approve_photo(_: ServiceCaller, resources: Opened, photo_id: PhotoId) -> Response:
    """Somebody has looked at the photo and finds it right: a school's photo counts from now on."""
    return _json(await resources.xp.photos.approve(int(photo_id)))


@router.post("/photos/{photo_id}/revoke", response_model=PhotoOut, responses=refusals(UnknownPhoto))
async def revoke_photo(_: ServiceCaller, resources: Opened, photo_id: PhotoId) -> Response:
    """The approval is taken back: a school's photo does not count."""
    return _json(await resources.xp.photos.revoke(int(photo_id)))


@router.delete("/photos/{photo_id}", response_model=PhotoOut, responses=refusals(UnknownPhoto))
async def delete_photo(_: ServiceCaller, resources: Opened, photo_id: PhotoId) -> Response:
    """The photo is gone, and with it all it counted. Its id does not come back."""
    return _json(await resources.xp.photos.delete(int(photo_id)))


@router.post("/xp/reward")
async def post_reward(_: ServiceCaller, resources: Opened, now: Now, body: RewardIn) -> RewardOut:
    """XP for an administrator, once for each action on a photo; it counts worldwide.

    Told again, it answers with the XP of the first time.
    """
    reward = Reward(body.admin_id, body.photo_id, body.action, body.xp)
    return RewardOut(success=True, xp=await resources.xp.rewards.give(reward, now=now))


def _tag(tag: TagIn) -> Tag:
    return Tag(
        quantity=tag.quantity,
        object=tag.object,
        type=tag.type,
        materials=tag.materials,
        brands=[Brand(brand.name, brand.quantity) for brand in tag.brands],
        custom_tags=tag.custom_tags,
        picked_up=bool(tag.picked_up),
    )


def _json(photo: Photo) -> Response:
    return Response(orjson.dumps(photo_view(photo)), media_type="application/json")
