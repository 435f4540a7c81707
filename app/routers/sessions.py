"""Livestreams: a streamer's active session, and what other services tell about it."""

from typing import Annotated

import orjson
from fastapi import APIRouter, Path, Query, Response

from app.game.errors import OtherAccount
from app.kit.ids import OBJECT_ID_PATTERN
from app.kit.paging import Listing, Page
from app.livestream.documents import DeviceKind
from app.livestream.errors import SessionContended, SessionEnded, UnknownSession
from app.livestream.follow_ups import Row
from app.livestream.live import read_live
from app.livestream.session_reading import read_session
from app.livestream.sessions import SessionChange, Wish
from app.livestream.viewers import mark_viewer
from app.routers.auth import PlayerCaller, ServiceCaller, acting_account
from app.routers.dependencies import AccountIdText, Now, Opened
from app.routers.livestream_views import live_session_view, session_view
from app.routers.paging import PAGE_HEADERS, PageLimit, PageNumber, page_headers
from app.routers.refusals import refusals
from app.routers.schemas.livestream import LiveSessionOut, SessionIn, SessionOut, SessionPatchIn, ViewerIn
from app.routers.strict import StrictRoute

router = APIRouter(prefix="/sessions", tags=["sessions"], route_class=StrictRoute)

SessionId = Annotated[str, Path(pattern=OBJECT_ID_PATTERN, examples=["6680f2f4a1d3c5b7e9f01234"])]
ViewerId = Annotated[str, Path(pattern=OBJECT_ID_PATTERN, examples=["62e841925030343c6079e78d"])]

NOTHING_ASKED = SessionIn()
LOCATION = {"headers": {"Location": {"schema": {"type": "string"}, "description": "`/sessions/{id}`"}}}


@router.post(
    "",
    response_model=SessionOut,
    responses={
        200: {"description": "The session that was active already.", **LOCATION},
        201: {"model": SessionOut, "description": "A new session.", **LOCATION},
        **refusals(OtherAccount, SessionContended),
    },
)
async def post_session(
    caller: PlayerCaller,
    resources: Opened,
    now: Now,
    body: SessionIn | None = None,
    account_id: Annotated[AccountIdText | None, Query(description="for whom, with a service token")] = None,
) -> Response:
    """The streamer's active session; a new one if there is none, which is announced.

    A new session has the id that a started source of the streamer names, unless that is taken or has ended.
    """
    streamer_id = acting_account(caller, account_id, parameter="account_id")
    session, is_new = await resources.livestream.sessions.activate(
        streamer_id, _wish(body or NOTHING_ASKED), now=now
    )
    location = {"Location": f"/sessions/{session['_id']}"}
    return _json(session, 201 if is_new else 200, location)


@router.get("", response_model=list[LiveSessionOut], responses={200: {"headers": PAGE_HEADERS}})
async def get_live_sessions(
    _: PlayerCaller, resources: Opened, page: PageNumber = 1, limit: PageLimit = 20
) -> Response:
    """Livestreams that are shown now, the latest first; nobody whom no feed shows."""
    wanted = Page(page, limit)
    excluded = resources.livestream.feeds.excluded_tags
    live = await read_live(excluded_tags=excluded, skip=wanted.skip, limit=wanted.limit)
    headers = page_headers(Listing("/sessions"), wanted, total=live.total)
    content = orjson.dumps([live_session_view(session) for session in live.sessions])
    return Response(content, headers=headers, media_type="application/json")


@router.get("/{session_id}", response_model=SessionOut, responses=refusals(UnknownSession))
async def get_session(_: PlayerCaller, session_id: SessionId) -> Response:
    """A session, active or ended."""
    return _json(await read_session(session_id))


@router.patch("/{session_id}", response_model=SessionOut, responses=refusals(UnknownSession))
async def patch_session(
    _: ServiceCaller, resources: Opened, now: Now, session_id: SessionId, body: SessionPatchIn
) -> Response:
    """Change a session. Those who watch are told of another preset and of a rating."""
    return _json(await resources.livestream.sessions.change(session_id, _change(body), now=now))


@router.post(
    "/{session_id}/start", response_model=SessionOut, responses=refusals(UnknownSession, SessionEnded)
)
async def start_session(_: ServiceCaller, resources: Opened, now: Now, session_id: SessionId) -> Response:
    """The picture is there. Said again, the first time counts."""
    return _json(await resources.livestream.sessions.start(session_id, now=now))


@router.post("/{session_id}/end", response_model=SessionOut, responses=refusals(UnknownSession))
async def end_session(_: ServiceCaller, resources: Opened, now: Now, session_id: SessionId) -> Response:
    """The session is over, which is announced. Said again, the first time counts."""
    return _json(await resources.livestream.sessions.end(session_id, now=now))


@router.put(
    "/{session_id}/viewers/{viewer_id}",
    status_code=204,
    responses=refusals(UnknownSession, SessionEnded),
)
async def put_viewer(
    _: ServiceCaller, now: Now, session_id: SessionId, viewer_id: ViewerId, body: ViewerIn
) -> Response:
    """A viewer's heartbeat."""
    await mark_viewer(session_id, viewer_id, body.kind, now=now)
    return Response(status_code=204)


def _wish(body: SessionIn) -> Wish:
    return Wish(body.title, (DeviceKind.LOVENSE,) if body.attach_lovense_online_device else ())


def _change(body: SessionPatchIn) -> SessionChange:
    rating = None if body.rating is None else (body.rating.current, body.rating.current_count)
    return SessionChange(
        body.preset, body.show_goal_pairs, body.exclusive_goal_pairs, body.viewer_count, rating
    )


def _json(session: Row, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    content = orjson.dumps(session_view(session))
    return Response(content, status, headers, media_type="application/json")
