"""The XP leaderboard out: the route that everybody looks at."""

import re
from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request, Response, Security

from app.game.errors import OtherAccount
from app.kit.clock import utc_now
from app.kit.errors import Invalid, Problem
from app.kit.ids import USER_ID_PATTERN, is_user_id
from app.routers.dependencies import Now, Opened, resources_of
from app.routers.event_streams import STREAM, EventStream, LastEventId, lasts_s
from app.routers.refusals import refusals
from app.routers.schemas.xp_leaderboard import LeaderboardPageOut
from app.routers.strict import StrictRoute
from app.routers.xp_callers import UserCaller, any_user, read_user_id, seeing_user
from app.routers.xp_views import page_json
from app.streams.errors import ChannelsAway, TooManySubscribers
from app.xp.rules.boards import Board
from app.xp.rules.places import EVERYWHERE, LocationKind, Scope, scope_of
from app.xp.rules.windows import TimeFilter, window_shown

router = APIRouter(prefix="/api/leaderboard", tags=["xp leaderboard"], route_class=StrictRoute)

_PAGE = re.compile(r"[1-9][0-9]{0,14}", re.ASCII)

TIME_FILTER: dict[str, Any] = {
    "name": "timeFilter",
    "in": "query",
    "schema": {"type": "string", "enum": list(TimeFilter), "default": "all-time"},
    "description": "a period in UTC, by the time at which photos were taken",
}
LOCATION: list[dict[str, Any]] = [
    {
        "name": "locationType",
        "in": "query",
        "schema": {"type": "string", "enum": list(LocationKind)},
        "description": "with `locationId`: only what was found there",
    },
    {
        "name": "locationId",
        "in": "query",
        "schema": {"type": "string", "pattern": USER_ID_PATTERN},
        "description": "with `locationType`",
    },
]
_DOCS = {
    "parameters": [
        TIME_FILTER,
        *LOCATION,
        {
            "name": "page",
            "in": "query",
            "schema": {"type": "string", "pattern": "^[1-9][0-9]{0,14}$", "default": "1"},
            "description": "pages of 100",
        },
        {
            "name": "user_id",
            "in": "query",
            "schema": {"type": "string", "pattern": USER_ID_PATTERN},
            "description": "whose rank is told, with a service token",
        },
    ]
}


@router.get(
    "",
    responses={200: {"model": LeaderboardPageOut}, **refusals(OtherAccount)},
    openapi_extra=_DOCS,
    dependencies=[Security(any_user)],
)
async def get_leaderboard(request: Request) -> Response:
    """Who has most XP, worldwide or at one location, of all time or of one period.

    Users with the same XP follow each other by id; ranks are consecutive. The page, the total and the
    caller's rank are of one moment. An unknown location has an empty board. A refusal says `success: false`
    and `msg` beside what every refusal says.
    """
    caller = await any_user(request)
    query = request.query_params
    user_id = seeing_user(caller, read_user_id(query.get("user_id")))
    window = window_shown(_time_filter(query), utc_now())
    board = Board(scope_asked(query), window)
    page = await resources_of(request).xp.standings.read(board, number=_page(query), user_id=user_id)
    return Response(page_json(page), media_type="application/json")


@router.get(
    "/events",
    status_code=200,
    response_class=EventStream,
    responses=STREAM | refusals(OtherAccount, ChannelsAway, TooManySubscribers),
    openapi_extra={"parameters": LOCATION},
)
async def hear_leaderboard(
    caller: UserCaller, resources: Opened, now: Now, request: Request, last_event_id: LastEventId = None
) -> EventStream:
    """News of the boards of one location, or of the whole world, as server-sent events.

    `updated`, at most once a second, says that a board of this location has changed, whatever its period;
    `littercoin`, worldwide, that a user has earned one. The first event is `subscribed`; a `reset` says that
    events were missed which are no longer kept. The stream ends after a quarter of an hour: come back with
    Last-Event-ID.
    """
    scope = scope_asked(request.query_params)
    subscription = await resources.xp.announcements.subscribe(scope, after=last_event_id)
    return EventStream(subscription, lasts_s=lasts_s(caller.expires_at, now))


def scope_asked(query: Mapping[str, str]) -> Scope:
    """The scope that a location pair names; everywhere without one. Raises Invalid."""
    kind, location_id = query.get("locationType"), query.get("locationId")
    if kind is None and location_id is None:
        return EVERYWHERE
    problems = []
    if kind not in set(LocationKind):
        problems.append(Problem("must be country, state or city", parameter="locationType"))
    if not is_user_id(location_id):
        problems.append(Problem("must be a positive whole number", parameter="locationId"))
    if kind is None or location_id is None or problems:
        raise _invalid(*problems)
    return scope_of(LocationKind(kind), int(location_id))


def _time_filter(query: Mapping[str, str]) -> TimeFilter:
    try:
        return TimeFilter(query.get("timeFilter", TimeFilter.ALL_TIME))
    except ValueError as error:
        raise _invalid(Problem(f"must be one of {', '.join(TimeFilter)}", parameter="timeFilter")) from error


def _page(query: Mapping[str, str]) -> int:
    text = query.get("page", "1")
    if _PAGE.fullmatch(text) is None:
        raise _invalid(Problem("must be a positive whole number", parameter="page"))
    return int(text)


def _invalid(*problems: Problem) -> Invalid:
    return Invalid("; ".join(f"{one.parameter} {one.detail}" for one in problems), problems=problems)
