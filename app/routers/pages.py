"""The pages people look at."""

from collections.abc import Awaitable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse

from app.kit.errors import Unavailable
from app.kit.ids import is_leaderboard_id
from app.resources import Resources
from app.routers import game_page, xp_page
from app.routers.auth import PUBLIC
from app.routers.dependencies import Now, Opened
from app.routers.errors import refusal_of
from app.routers.strict import StrictRoute
from app.routers.visitors import Visitor, visitor_of
from app.routers.web_cookies import VisitorKind
from app.routers.web_pages import page_response

router = APIRouter(include_in_schema=False, route_class=StrictRoute)

Looking = Annotated[Visitor, Depends(visitor_of)]


@dataclass(frozen=True, slots=True)
class Asked:
    """What a page is asked for: by whom, with which parameters."""

    resources: Resources
    query: Mapping[str, str]
    subject: str
    now: datetime


class Tab(StrEnum):
    """A board of the page."""

    XP = "xp"
    GAME = "game"
    DIAMONDS = "diamonds"


TABS = {Tab.XP: "XP", Tab.GAME: "Game", Tab.DIAMONDS: "Diamonds"}


@router.get("/", openapi_extra=PUBLIC)
async def lead_to_the_leaderboard() -> Response:
    """The page that people come for."""
    return RedirectResponse("/leaderboard")


@router.get("/sign-in", openapi_extra=PUBLIC)
async def read_sign_in(request: Request, visitor: Looking) -> Response:
    """A form for a token."""
    return page_response(request, "sign_in.html", **visitor.shown)


@router.get("/leaderboard", openapi_extra=PUBLIC)
async def read_leaderboard(
    request: Request, visitor: Looking, resources: Opened, now: Now, tab: Tab = Tab.XP
) -> Response:
    """The leaderboards. Whoever is not signed in sees the way in, and nothing is read."""
    frame = {**visitor.shown, "tabs": TABS, "tab": tab, "heading": TABS[tab]}
    subject = visitor.subject(VisitorKind.XP if tab is Tab.XP else VisitorKind.PLAYER)
    if subject is None:
        return page_response(request, "board.html", **frame, is_known=False)
    board = await _board(tab, Asked(resources, request.query_params, subject, now))
    return page_response(request, f"{tab}.html", **frame, is_known=True, **board)


async def _board(tab: Tab, asked: Asked) -> Mapping[str, Any]:
    """The values of a tab's template."""
    if tab is Tab.GAME:
        wanted = asked.query.get("leaderboardId")
        chosen = wanted if is_leaderboard_id(wanted) else None
        reading = game_page.game_board(asked.resources, asked.subject, chosen, asked.now)
        return await _or_error(reading, game_page.NOTHING_KNOWN)
    user_id = int(asked.subject)
    reading = xp_page.xp_board(asked.resources, asked.query, user_id, asked.now)
    return await _or_error(reading, xp_page.without_board(asked.query, user_id))


async def _or_error(board: Awaitable[Mapping[str, Any]], without: Mapping[str, Any]) -> Mapping[str, Any]:
    """The values of a board; if what they come from is away, the place for it with a way to try again."""
    try:
        return await board
    except Exception as error:
        if not isinstance(refusal_of(error), Unavailable):
            raise
        return {**without, "state": "error"}
