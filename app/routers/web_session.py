"""Signing browsers in: a token goes into a cookie that no script can read."""

import time
from collections.abc import Iterator
from typing import Annotated, Literal

from fastapi import APIRouter, Request, Response
from pydantic import Field

from app.game.errors import NotInProduction
from app.kit.tokens import Role, sign_token
from app.routers.auth import PUBLIC, WrongRole
from app.routers.dependencies import OUTSIDE_PRODUCTION, Opened
from app.routers.errors import Unauthenticated
from app.routers.origins import ForeignOrigin, require_no_foreign_origin
from app.routers.refusals import refusals
from app.routers.schemas.game import Answer, Body
from app.routers.strict import StrictRoute
from app.routers.tokens import LONGEST_TOKEN, Caller
from app.routers.web_cookies import VisitorKind, WebCookies, kind_of
from app.settings import Settings

#: Who a visitor of the demo world is; tests compare them with that world.
DEMO_SUBJECTS = {VisitorKind.XP: "1", VisitorKind.PLAYER: "b98339eaf753a0d573e7548c"}
DEMO_ADMIN = "demo"
DEMO_LASTS_S = 24 * 60 * 60

router = APIRouter(prefix="/web", tags=["web"], route_class=StrictRoute)


class WebSessionIn(Body):
    """A token as it is shown to every other route."""

    token: Annotated[str, Field(strict=True, min_length=1, max_length=LONGEST_TOKEN)]


class WebSessionOut(Answer):
    """Who the browser is signed in as from now on."""

    kind: VisitorKind = Field(description="`xp`: a number; `player`: 24 hexadecimal characters; or `admin`")
    subject: str
    expires_at: int = Field(description="unix milliseconds")


class DemoIn(Body):
    """As whom to look at the demo world."""

    role: Literal[Role.PLAYER, Role.ADMIN] = Field(
        Role.PLAYER, description="`admin` opens the pages of administrators besides"
    )


@router.post("/session", openapi_extra=PUBLIC, responses=refusals(Unauthenticated, WrongRole, ForeignOrigin))
async def open_web_session(request: Request, response: Response, body: WebSessionIn) -> WebSessionOut:
    """Sign a browser in: the token goes into an HttpOnly cookie, until it expires.

    A browser may be signed in as one user of XP routes, one player and one administrator at the same time.
    """
    require_no_foreign_origin(request.scope)
    caller = await request.app.state.tokens.verify(body.token)
    return _keep(request.app.state.cookies, response, caller)


@router.delete("/session", status_code=204, openapi_extra=PUBLIC, responses=refusals(ForeignOrigin))
async def close_web_session(request: Request) -> Response:
    """Sign a browser out, whoever it was signed in as."""
    require_no_foreign_origin(request.scope)
    response = Response(status_code=204)
    request.app.state.cookies.drop(response)
    return response


@router.post(
    "/demo",
    openapi_extra=PUBLIC,
    dependencies=[OUTSIDE_PRODUCTION],
    responses=refusals(NotInProduction, ForeignOrigin),
)
async def open_demo_session(
    request: Request, response: Response, resources: Opened, body: DemoIn | None = None
) -> list[WebSessionOut]:
    """Sign a browser in as somebody of the demo world.

    Outside production only, and only where tokens are signed with a secret.
    """
    require_no_foreign_origin(request.scope)
    role = body.role if body else Role.PLAYER
    callers = [
        await request.app.state.tokens.verify(token) for token in _demo_tokens(resources.settings, role)
    ]
    return [_keep(request.app.state.cookies, response, caller) for caller in callers]


def _keep(cookies: WebCookies, response: Response, caller: Caller) -> WebSessionOut:
    kind = kind_of(caller)
    if kind is None or caller.expires_at is None:
        raise WrongRole if caller.role is Role.SERVICE else Unauthenticated
    cookies.keep(response, kind, caller.token, lasts_s=caller.expires_at - int(time.time()))
    return WebSessionOut(kind=kind, subject=caller.subject, expires_at=caller.expires_at * 1000)


def _demo_tokens(settings: Settings, role: Role) -> Iterator[str]:
    if settings.jwt_secret is None:
        raise NotInProduction
    wanted = [(subject, Role.PLAYER) for subject in DEMO_SUBJECTS.values()]
    if role is Role.ADMIN:
        wanted.append((DEMO_ADMIN, Role.ADMIN))
    for subject, of_role in wanted:
        yield sign_token(
            settings.jwt_secret.get_secret_value(),
            subject=subject,
            role=of_role,
            audience=settings.jwt_audience,
            ttl_s=DEMO_LASTS_S,
        )
