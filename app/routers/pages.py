"""The pages people look at."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse

from app.routers.auth import PUBLIC
from app.routers.strict import StrictRoute
from app.routers.visitors import Visitor, visitor_of
from app.routers.web_pages import page_response

router = APIRouter(include_in_schema=False, route_class=StrictRoute)

Looking = Annotated[Visitor, Depends(visitor_of)]


@router.get("/", openapi_extra=PUBLIC)
async def lead_to_the_leaderboard() -> Response:
    """The page that people come for."""
    return RedirectResponse("/leaderboard")


@router.get("/sign-in", openapi_extra=PUBLIC)
async def read_sign_in(request: Request, visitor: Looking) -> Response:
    """A form for a token."""
    return page_response(request, "sign_in.html", **visitor.shown)


@router.get("/leaderboard", openapi_extra=PUBLIC)
async def read_leaderboard(request: Request, visitor: Looking) -> Response:
    """The leaderboards."""
    return page_response(request, "board.html", **visitor.shown)
