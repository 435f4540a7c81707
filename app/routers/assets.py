"""Static files of the pages."""

from typing import Annotated

from fastapi import APIRouter, Path, Request, Response

from app.routers.auth import PUBLIC
from app.routers.errors import UnknownRoute
from app.routers.strict import StrictRoute
from app.routers.web_pages import A_YEAR, asset_response
from app.web.assets import PREFIX
from app.web.rendering import assets

router = APIRouter(prefix=PREFIX, include_in_schema=False, route_class=StrictRoute)


@router.get("/{version}/{name:path}", openapi_extra=PUBLIC)
async def read_asset(
    request: Request, version: Annotated[str, Path(max_length=64)], name: Annotated[str, Path(max_length=200)]
) -> Response:
    """A file, kept by browsers for good: what is in its address changes with it.

    While one release follows another, a page of one may ask a process of the other: it gets what is there,
    which nobody keeps then.
    """
    asset = assets().find(name)
    if asset is None:
        raise UnknownRoute
    return asset_response(request, asset, cache_control=A_YEAR if version == assets().version else "no-store")
