"""Listening out: sessions, and totals by day and month."""

from typing import Annotated

import orjson
from fastapi import APIRouter, Query, Response, Security

from app.aggregations.listening.sessions import Heard
from app.aggregations.listening.summary import By
from app.listening.sessions import read_sessions, read_summary
from app.routers.auth import StatsCaller, api_key_scheme
from app.routers.dependencies import Opened
from app.routers.instants import InstantText, read_instant
from app.routers.paging import DIGITS
from app.routers.schemas.stats import ListeningSessionOut, SummaryOut
from app.routers.stats_views import listening_session_view
from app.routers.strict import StrictRoute

MOST_SESSIONS = 10_000

router = APIRouter(
    prefix="/api/v1/stats",
    tags=["statistics"],
    route_class=StrictRoute,
    dependencies=[Security(api_key_scheme)],
)


@router.get("/listening-sessions/", response_model=list[ListeningSessionOut])
async def list_listening_sessions(
    _: StatsCaller,
    time_from: InstantText | None = None,
    time_to: InstantText | None = None,
    user_identity: Annotated[str | None, Query(max_length=128, examples=["account.user:D34C5A0A"])] = None,
    limit: Annotated[int, DIGITS, Query(ge=1, le=MOST_SESSIONS)] = MOST_SESSIONS,
) -> Response:
    """Who listened from when to when: sessions that played for more than 30 s, by their beginning.

    A silence of more than 300 s begins another session. The bounds are about the events.
    """
    heard = Heard(
        since=read_instant(time_from, parameter="time_from"),
        until=read_instant(time_to, parameter="time_to"),
        user_identity=user_identity,
    )
    rows = await read_sessions(heard, limit=limit)
    content = orjson.dumps([listening_session_view(row) for row in rows])
    return Response(content, media_type="application/json")


@router.get("/summary/", response_model=list[SummaryOut])
async def list_summary(
    _: StatsCaller,
    resources: Opened,
    by: By = By.DAY,
    time_from: InstantText | None = None,
    time_to: InstantText | None = None,
) -> Response:
    """Listeners and hours of each day or month in which there are events.

    A day starts at 04:00 on the clock of `LAUREL_STATS_TIME_ZONE`, and a month when its first day does.
    """
    rows = await read_summary(
        read_instant(time_from, parameter="time_from"),
        read_instant(time_to, parameter="time_to"),
        by=by,
        zone=resources.listening.zone,
    )
    return Response(orjson.dumps(rows), media_type="application/json")
