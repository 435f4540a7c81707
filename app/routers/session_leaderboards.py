"""The diamond leaderboard of a session: who has given most."""

from collections.abc import AsyncIterator
from datetime import datetime
from enum import IntEnum
from typing import Annotated, Any, NamedTuple

import orjson
from bson import ObjectId
from fastapi import APIRouter, Depends, Query, Response
from fastapi.responses import StreamingResponse
from pydantic import Field

from app.aggregations.earnings import Category
from app.earnings.leaderboard import KEPT_S, Wanted
from app.earnings.reading import Reads
from app.earnings.rules.categories import ALL, asked_for
from app.earnings.rules.lines import LeaderboardLine, nothing_given, shown
from app.earnings.rules.windows import SessionTimes
from app.game.errors import OtherAccount
from app.kit.paging import Listing, Page
from app.livestream.errors import UnknownSession
from app.livestream.session_reading import SessionWindow, read_window
from app.routers.auth import AdminCaller, PlayerCaller, acting_account
from app.routers.dependencies import AccountIdText, Now, Opened
from app.routers.paging import DIGITS, PAGE_HEADERS, PageLimit, PageNumber, page_headers
from app.routers.refusals import refusals
from app.routers.schemas.earnings import LeaderboardLineOut, LeaderboardPlaceOut
from app.routers.sessions import SessionId
from app.routers.strict import StrictRoute

#: How long an answer may be kept once nothing is awaited any more.
CLOSED_FOR_S = 300
#: Whose clock is further ahead asks for what is there now.
AHEAD_S = 6
LINES_A_CHUNK = 500
KEEPING: dict[str, Any] = {
    "Cache-Control": {"schema": {"type": "string"}, "description": "longer from an hour after the end on"},
    "Age": {"schema": {"type": "integer"}, "description": "seconds since the answer was made"},
}

_CATEGORY = "|".join(Category)

router = APIRouter(prefix="/sessions/{session_id}/leaderboard", tags=["sessions"], route_class=StrictRoute)


class Days(IntEnum):
    """How far back from its end a window may reach."""

    ONE = 1
    SEVEN = 7
    THIRTY = 30


class NdjsonResponse(StreamingResponse):
    """JSON values, one a line."""

    media_type = "application/x-ndjson"


DaysBack = Annotated[Days, DIGITS, Query(description="days before the end of the window")]
Categories = Annotated[
    Annotated[str, Field(pattern=rf"^(?:{ALL}|(?:{_CATEGORY})(?:,(?:{_CATEGORY}))*)$", max_length=100)]
    | None,
    Query(description="separated by commas, or `all`; absent: views, gifts and chat"),
]
ClientTime = Annotated[
    Annotated[str, Field(pattern=r"^[0-9]{1,15}$")] | None,
    Query(
        alias="_", description=f"unix seconds; more than {AHEAD_S} s ahead: as it is now, from the primary"
    ),
]


class Asked(NamedTuple):
    """A leaderboard as it is asked for, and the list of which a page is one."""

    wanted: Wanted
    listing: Listing


async def _asked(
    session_id: SessionId,
    now: Now,
    days: DaysBack = Days.ONE,
    category: Categories = None,
    client_time: ClientTime = None,
) -> Asked:
    window = await read_window(session_id)
    is_ahead = int(client_time or 0) - now.timestamp() > AHEAD_S
    reads = Reads.PRIMARY if is_ahead else Reads.SHARED
    parameters = {"days": str(days.value)} | ({} if category is None else {"category": category})
    return Asked(
        leaderboard_of(session_id, window, days=days, category=category, reads=reads),
        Listing(f"/sessions/{session_id}/leaderboard", parameters),
    )


def leaderboard_of(
    session_id: str, window: SessionWindow, *, days: int, category: str | None, reads: Reads = Reads.SHARED
) -> Wanted:
    """The leaderboard of a session, as a request asks for it."""
    return Wanted(
        session=ObjectId(session_id),
        streamer=window.user,
        times=SessionTimes.of(window.started_at, window.ended_at),
        days=days,
        categories=asked_for(category),
        reads=reads,
    )


Wish = Annotated[Asked, Depends(_asked)]


@router.get(
    "",
    response_model=list[LeaderboardLineOut],
    responses={200: {"headers": {**PAGE_HEADERS, **KEEPING}}, **refusals(UnknownSession)},
)
async def get_leaderboard(  # one argument per parameter
    _: PlayerCaller,
    resources: Opened,
    now: Now,
    wish: Wish,
    page: PageNumber = 1,
    limit: PageLimit = 15,
) -> Response:
    """Viewers by the diamonds they gave, most first; equal ones by id.

    Counts from the hour of the start until an hour after the end. A session that was never shown has no
    lines.
    """
    asked = Page(page, limit)
    found, age_s = await resources.earnings.leaderboards.page(wish.wanted, asked, now=now)
    headers = page_headers(wish.listing, asked, total=found.total) | _keeping(wish.wanted, age_s, now)
    content = orjson.dumps([shown(line) for line in found.lines])
    return Response(content, headers=headers, media_type="application/json")


@router.get(
    "/me",
    response_model=LeaderboardPlaceOut,
    responses={200: {"headers": KEEPING}, **refusals(UnknownSession, OtherAccount)},
)
async def get_own_place(  # one argument per parameter
    caller: PlayerCaller,
    resources: Opened,
    now: Now,
    wish: Wish,
    account_id: Annotated[AccountIdText | None, Query(description="of whom, with a service token")] = None,
) -> Response:
    """Where the caller stands, and the diamonds missing to the next higher total."""
    viewer = acting_account(caller, account_id, parameter="account_id")
    place, age_s = await resources.earnings.leaderboards.place(wish.wanted, viewer, now=now)
    line = nothing_given(viewer) if place.line is None else shown(place.line)
    content = orjson.dumps({**line, "rank": place.rank, "diamonds_to_next": place.to_next})
    return Response(content, headers=_keeping(wish.wanted, age_s, now), media_type="application/json")


@router.get("/export", response_class=NdjsonResponse, responses=refusals(UnknownSession))
async def export_leaderboard(_: AdminCaller, resources: Opened, now: Now, wish: Wish) -> NdjsonResponse:
    """Every line in order, one JSON object a line, read while it is sent."""
    chunks = _chunks(resources.earnings.leaderboards.all_lines(wish.wanted, now=now))
    # What MongoDB refuses it refuses before the answer has begun.
    first = await anext(chunks, b"")
    return NdjsonResponse(_after(first, chunks))


def _keeping(wanted: Wanted, age_s: float, now: datetime) -> dict[str, str]:
    is_closed = wanted.times is not None and wanted.times.is_closed(now)
    longest_s = CLOSED_FOR_S if is_closed else KEPT_S
    return {"Cache-Control": f"private, max-age={longest_s}", "Age": str(int(age_s))}


async def _chunks(lines: AsyncIterator[LeaderboardLine]) -> AsyncIterator[bytes]:
    chunk: list[bytes] = []
    async for line in lines:
        chunk.append(orjson.dumps(shown(line), option=orjson.OPT_APPEND_NEWLINE))
        if len(chunk) == LINES_A_CHUNK:
            yield b"".join(chunk)
            chunk = []
    yield b"".join(chunk)


async def _after(first: bytes, chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for chunk in chunks:
        yield chunk
