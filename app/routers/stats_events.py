"""Stored stream events out, page by page."""

from collections.abc import AsyncIterator
from typing import Annotated

import orjson
from fastapi import APIRouter, Query, Request, Response, Security
from fastapi.responses import StreamingResponse

from app.kit.errors import Invalid, Problem
from app.listening.reading import EventPage, Wanted, open_page
from app.listening.rules.cursors import Cursor, read_cursor
from app.routers.auth import StatsCaller, api_key_scheme
from app.routers.instants import InstantText, read_micros
from app.routers.paging import DIGITS
from app.routers.schemas.stats import MOST_EVENTS, StreamEventPageOut
from app.routers.stats_views import stream_event_view
from app.routers.strict import StrictRoute
from app.routers.urls import url_of

router = APIRouter(
    prefix="/api/v1/stats",
    tags=["statistics"],
    route_class=StrictRoute,
    dependencies=[Security(api_key_scheme)],
)


@router.get("/stream-events/", response_model=StreamEventPageOut)
async def list_stream_events(
    _: StatsCaller,
    request: Request,
    limit: Annotated[int, DIGITS, Query(ge=1, le=MOST_EVENTS)] = 100,
    cursor: Annotated[str | None, Query(max_length=64, description="as `next` has it")] = None,
    time_from: InstantText | None = None,
    time_to: InstantText | None = None,
    path: Annotated[str | None, Query(max_length=4_096, description="of this path alone")] = None,
) -> Response:
    """Stored connections by their beginning, in pages that all cost the same.

    Follow `next` until it is null: each connection comes once, also when others arrive meanwhile.
    """
    wanted = Wanted(
        from_us=read_micros(time_from, parameter="time_from"),
        to_us=read_micros(time_to, parameter="time_to"),
        path=path,
    )
    page = await open_page(wanted, _cursor(cursor), limit=limit)
    return StreamingResponse(_written(page, request), media_type="application/json")


def _cursor(text: str | None) -> Cursor | None:
    cursor = None if text is None else read_cursor(text)
    if text is not None and cursor is None:
        raise Invalid(problems=[Problem("is no cursor of this list", parameter="cursor")])
    return cursor


async def _written(page: EventPage, request: Request) -> AsyncIterator[bytes]:
    """The page as JSON, so many events at a time: only a few of them are in memory."""
    yield b'{"previous":' + _link(request, page.previous) + b',"results":['
    separator = b""
    async for rows in page.batches():
        listed = orjson.dumps([stream_event_view(row) for row in rows], option=orjson.OPT_NAIVE_UTC)
        yield separator + listed[1:-1]
        separator = b","
    yield b'],"next":' + _link(request, page.next) + b"}"


def _link(request: Request, cursor: Cursor | None) -> bytes:
    if cursor is None:
        return b"null"
    return orjson.dumps(url_of(request, {**request.query_params, "cursor": str(cursor)}))
