"""Feeds: who is live, in the order in which to show them."""

from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Header, Path, Response

from app.kit.paging import Listing, Page
from app.livestream.errors import UnknownFeed
from app.livestream.feed_reading import read_feed
from app.livestream.rules.groupings import FEED_ALIAS_PATTERN
from app.routers.auth import PUBLIC
from app.routers.dependencies import Opened
from app.routers.etags import etag_of, is_known
from app.routers.feed_views import feed_item_view
from app.routers.paging import PAGE_HEADERS, PageLimit, PageNumber, page_headers
from app.routers.refusals import refusals
from app.routers.schemas.feeds import FeedItemOut
from app.routers.strict import StrictRoute

#: With this, what a build needs and what is waited for before it, an ended session is gone within 20 s.
CACHED = "public, max-age=5"
KEEPING: dict[str, Any] = {
    "ETag": {"schema": {"type": "string"}, "description": "of the run that built the feed"},
    "Cache-Control": {"schema": {"type": "string"}},
}

router = APIRouter(prefix="/feeds", tags=["feeds"], route_class=StrictRoute)

Alias = Annotated[str, Path(pattern=FEED_ALIAS_PATTERN, examples=["user_livestream-global"])]


@router.get(
    "/{alias}",
    response_model=list[FeedItemOut],
    openapi_extra=PUBLIC,
    responses={
        200: {"headers": {**PAGE_HEADERS, **KEEPING}},
        304: {"description": "The feed has not been built since.", "headers": KEEPING},
        **refusals(UnknownFeed),
    },
)
async def get_feed(
    resources: Opened,
    alias: Alias,
    page: PageNumber = 1,
    limit: PageLimit = 20,
    if_none_match: Annotated[str | None, Header(description="the `ETag` of a former answer")] = None,
) -> Response:
    """A page of the newest feed of an alias.

    Feeds are built when sessions start and end. One that has not been needed yet is empty.
    """
    wanted = Page(page, limit)
    feed = await read_feed(resources.livestream.feeds.groupings, alias, skip=wanted.skip, limit=wanted.limit)
    headers = {"ETag": etag_of(feed.run), "Cache-Control": CACHED}
    if is_known(headers["ETag"], if_none_match):
        return Response(status_code=304, headers=headers)
    headers |= page_headers(Listing(f"/feeds/{alias}"), wanted, total=feed.total)
    content = orjson.dumps([feed_item_view(item) for item in feed.items])
    return Response(content, headers=headers, media_type="application/json")
