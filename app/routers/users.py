"""What other services tell about users. Each route sets something, and may be repeated."""

from typing import Annotated

from fastapi import APIRouter, Path, Response

from app.kit.clock import from_millis
from app.kit.ids import OBJECT_ID_PATTERN
from app.livestream.users import (
    SourceFacts,
    UserFacts,
    follow,
    put_device,
    put_source,
    put_user,
    remove_device,
    unfollow,
)
from app.routers.auth import ServiceCaller
from app.routers.schemas.livestream import DeviceIn, SourceIn, UserIn
from app.routers.strict import StrictRoute

router = APIRouter(prefix="/users/{user_id}", tags=["users"], route_class=StrictRoute)

UserId = Annotated[str, Path(pattern=OBJECT_ID_PATTERN, examples=["62e841925030343c6079e78d"])]
SourceName = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{1,64}$", examples=["obs"])]
DeviceToken = Annotated[str, Path(pattern=r"^[A-Za-z0-9_:.-]{1,512}$", examples=["dGhpcyBpcyBubyB0b2tlbg"])]


@router.put("", status_code=204)
async def tell_user(_: ServiceCaller, user_id: UserId, body: UserIn) -> Response:
    """Who the user is; replaces what was told before."""
    await put_user(user_id, UserFacts(body.username, body.biography, body.tags))
    return Response(status_code=204)


@router.put("/sources/{name}", status_code=204)
async def tell_source(_: ServiceCaller, user_id: UserId, name: SourceName, body: SourceIn) -> Response:
    """How one of the user's sources stands; replaces what was told of this source before."""
    started = None if body.started is None else from_millis(body.started)
    await put_source(user_id, name, SourceFacts(body.session_id, started))
    return Response(status_code=204)


@router.put("/followers/{follower_id}", status_code=204)
async def tell_follower(_: ServiceCaller, user_id: UserId, follower_id: UserId) -> Response:
    """Somebody follows the user."""
    await follow(user_id, follower_id)
    return Response(status_code=204)


@router.delete("/followers/{follower_id}", status_code=204)
async def untell_follower(_: ServiceCaller, user_id: UserId, follower_id: UserId) -> Response:
    """Somebody does not follow the user, or no longer."""
    await unfollow(user_id, follower_id)
    return Response(status_code=204)


@router.put("/devices/{token}", status_code=204)
async def tell_device(_: ServiceCaller, user_id: UserId, token: DeviceToken, body: DeviceIn) -> Response:
    """The user owns a device; a device has one owner, the last that was told."""
    await put_device(user_id, token, kind=body.kind, online=body.online)
    return Response(status_code=204)


@router.delete("/devices/{token}", status_code=204)
async def untell_device(_: ServiceCaller, user_id: UserId, token: DeviceToken) -> Response:
    """The user does not own the device, or no longer."""
    await remove_device(user_id, token)
    return Response(status_code=204)
