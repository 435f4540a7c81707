"""The page of listening: listeners and hours of the last month, for administrators."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Request, Response

from app.aggregations.listening.summary import By
from app.kit.errors import Unavailable
from app.listening.rules.spans import DAY, Span, day_of, days
from app.listening.sessions import read_summary
from app.routers.auth import PUBLIC
from app.routers.dependencies import Now, Opened
from app.routers.errors import refusal_of
from app.routers.strict import StrictRoute
from app.routers.visitors import Visitor, visitor_of
from app.routers.web_cookies import VisitorKind
from app.routers.web_pages import page_response
from app.web.charts import bar_chart

SHOWN_DAYS = 31
#: What a day has in which nobody listened.
NOTHING = {
    "listeners": 0,
    "listeners_live": 0,
    "listeners_ondemand": 0,
    "hours": 0.0,
    "hours_live": 0.0,
    "hours_ondemand": 0.0,
}

router = APIRouter(include_in_schema=False, route_class=StrictRoute)

Looking = Annotated[Visitor, Depends(visitor_of)]
Row = Mapping[str, Any]


@router.get("/stats", openapi_extra=PUBLIC)
async def read_stats_page(request: Request, visitor: Looking, resources: Opened, now: Now) -> Response:
    """Listening of the last month. Whoever is no administrator sees the way in, and nothing is read."""
    is_admin = visitor.subject(VisitorKind.ADMIN) is not None
    shown = await _listening(resources.listening.zone, now) if is_admin else {}
    return page_response(request, "stats.html", **visitor.shown, is_admin=is_admin, **shown)


async def _listening(zone: ZoneInfo, now: datetime) -> dict[str, Any]:
    """The values of the template; if they cannot be read, which state it is in."""
    today = day_of(now, zone)
    spans = list(days(today - DAY * (SHOWN_DAYS - 1), today, zone))
    try:
        rows = await read_summary(spans[0].starts_at, now, by=By.DAY, zone=zone)
    except Exception as error:
        if not isinstance(refusal_of(error), Unavailable):
            raise
        return {"state": "error"}
    return _shown(spans, rows) if rows else {"state": "empty"}


def _shown(spans: Sequence[Span], rows: Sequence[Row]) -> dict[str, Any]:
    found = {row["period"]: row for row in rows}
    listed = [{**NOTHING, **found.get(span.name, {}), "day": date.fromisoformat(span.name)} for span in spans]
    return {
        "state": "ready",
        "days": listed,
        "listeners": bar_chart([_listeners(day) for day in listed]),
        "hours": bar_chart([[day["hours_live"], day["hours_ondemand"]] for day in listed]),
        "total": {name: sum(day[name] for day in listed) for name in NOTHING},
        "busiest": max(listed, key=lambda day: day["listeners"]),
    }


def _listeners(day: Row) -> list[int]:
    """Who listened to live streams alone, on demand alone, and to both, so that nobody is drawn twice."""
    both = day["listeners_live"] + day["listeners_ondemand"] - day["listeners"]
    return [day["listeners_live"] - both, day["listeners_ondemand"] - both, both]
