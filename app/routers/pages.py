"""The pages people look at."""

from collections.abc import Awaitable, Callable, Mapping
from enum import StrEnum
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse

from app.kit.errors import Unavailable
from app.routers import diamonds_page, game_page, xp_page
from app.routers.auth import PUBLIC
from app.routers.dependencies import Now, Opened
from app.routers.errors import refusal_of
from app.routers.strict import StrictRoute
from app.routers.visitors import Asked, Visitor, visitor_of
from app.routers.web_cookies import VisitorKind
from app.routers.web_pages import page_response

Json = dict[str, Any]

router = APIRouter(include_in_schema=False, route_class=StrictRoute)

Looking = Annotated[Visitor, Depends(visitor_of)]


class Tab(StrEnum):
    """A board of the page."""

    XP = "xp"
    GAME = "game"
    DIAMONDS = "diamonds"


#: What reads the values of each tab's template, and what they are while nothing can be read.
BOARDS: Mapping[Tab, tuple[Callable[[Asked], Awaitable[Json]], Callable[[Asked], Json]]] = {
    Tab.XP: (xp_page.read_board, xp_page.without_board),
    Tab.GAME: (game_page.read_board, game_page.without_board),
    Tab.DIAMONDS: (diamonds_page.read_board, diamonds_page.without_board),
}
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
    asked = Asked(resources, request.query_params, subject, now)
    return page_response(request, f"{tab}.html", **frame, is_known=True, **await _board(tab, asked))


async def _board(tab: Tab, asked: Asked) -> Mapping[str, Any]:
    """The values of a tab; if what they come from is away, the place for them with a way to try again."""
    read, without = BOARDS[tab]
    try:
        return await read(asked)
    except Exception as error:
        if not isinstance(refusal_of(error), Unavailable):
            raise
        return {**without(asked), "state": "error"}
