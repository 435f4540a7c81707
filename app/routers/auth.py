"""Who may call a route: bearer tokens, API keys and web sessions, and the roles every route states."""

import contextlib
from collections.abc import Callable, Iterator
from typing import Annotated, Any

from fastapi import Request, Security
from fastapi.dependencies.models import Dependant
from fastapi.openapi.models import HTTPBearer as BearerModel
from fastapi.security import APIKeyHeader
from fastapi.security.base import SecurityBase
from starlette.types import Scope

from app.access.keys import verify_key
from app.game.errors import OtherAccount
from app.kit.errors import Forbidden, Invalid, Problem
from app.kit.ids import is_object_id
from app.kit.tokens import Role
from app.routers.errors import BadRequest, Unauthenticated
from app.routers.origins import SAFE_METHODS, require_own_origin
from app.routers.tokens import Caller, TokenVerifier
from app.routers.web_cookies import VisitorKind, WebCookies, kind_of

ROLES = "x-roles"
#: The `openapi_extra` of a route that asks nobody who they are.
PUBLIC: dict[str, Any] = {ROLES: ["anyone"]}

_CALLER = "laurel.caller"


class WrongRole(Forbidden):
    """This route is not for callers of this role."""

    slug = "wrong-role"


class MissingScope(Forbidden):
    """This API key does not open this."""

    slug = "missing-scope"


class CallerOf(SecurityBase):
    """A dependency that gives the caller if it has one of these roles.

    A player's subject has to fit, and an API key needs the scope, if there is one.
    """

    model = BearerModel(bearerFormat="JWT", description="JWT; its `role` is player, service or admin")
    scheme_name = "bearer"

    def __init__(
        self, *roles: Role, is_player: Callable[[object], bool] = is_object_id, scope: str | None = None
    ) -> None:
        self.roles = frozenset(roles)
        self.scope = scope
        self._is_player = is_player

    async def __call__(self, request: Request) -> Caller:
        """The caller; BadRequest, Unauthenticated, WrongRole or MissingScope otherwise."""
        scope = request.scope
        caller: Caller | None = scope.get(_CALLER)
        if caller is None:
            state = request.app.state
            caller = await _identify(scope, state.tokens)
            if caller is None:
                caller = await self._visitor(scope, state.tokens, state.cookies)
            scope[_CALLER] = caller
        if caller.role not in self.roles:
            # A key is good for some routes only: elsewhere it is no credential at all.
            raise Unauthenticated if caller.role is Role.KEY else WrongRole
        if caller.role is Role.KEY and self.scope not in (None, *caller.scopes):
            raise MissingScope
        if not self._fits(caller):
            raise Unauthenticated
        return caller

    async def _visitor(self, scope: Scope, tokens: TokenVerifier, cookies: WebCookies) -> Caller:
        """Whom a browser is signed in as: the one this route is for, if it is several."""
        visitors = list((await visitors_of(scope, tokens, cookies)).values())
        if not visitors:
            raise Unauthenticated
        if scope["method"] not in SAFE_METHODS:
            # Browsers show cookies whoever makes them send a request.
            require_own_origin(scope)
        fitting = (visitor for visitor in visitors if visitor.role in self.roles and self._fits(visitor))
        return next(fitting, visitors[0])

    def _fits(self, caller: Caller) -> bool:
        return caller.role is not Role.PLAYER or self._is_player(caller.subject)


#: Any bearer token: players for themselves, services and admins for the account they name.
any_player = CallerOf(Role.PLAYER, Role.SERVICE, Role.ADMIN)
any_service = CallerOf(Role.SERVICE, Role.ADMIN)
any_admin = CallerOf(Role.ADMIN)
any_stats = CallerOf(Role.KEY, Role.SERVICE, Role.ADMIN, scope="stats")
anyone_known = CallerOf(*Role, is_player=lambda _: True)

PlayerCaller = Annotated[Caller, Security(any_player)]
ServiceCaller = Annotated[Caller, Security(any_service)]
AdminCaller = Annotated[Caller, Security(any_admin)]
StatsCaller = Annotated[Caller, Security(any_stats)]
KnownCaller = Annotated[Caller, Security(anyone_known)]

#: Documents, on routes that take them, that an API key will do as well.
api_key_scheme = APIKeyHeader(
    name="Authorization", scheme_name="apiKey", description="`Token <key>`", auto_error=False
)


async def visitors_of(scope: Scope, tokens: TokenVerifier, cookies: WebCookies) -> dict[VisitorKind, Caller]:
    """Everybody a browser is signed in as; what has expired or was tampered with is nobody."""
    visitors = {}
    for kind, token in cookies.tokens(scope).items():
        with contextlib.suppress(Unauthenticated):
            caller = await tokens.verify(token)
            if kind_of(caller) is kind:
                visitors[kind] = caller
    return visitors


async def _identify(scope: Scope, tokens: TokenVerifier) -> Caller | None:
    """Who the Authorization header says is calling; None without one."""
    shown = [value for name, value in scope["headers"] if name == b"authorization"]
    if not shown:
        return None
    if len(shown) > 1:
        raise BadRequest("There is more than one Authorization header.")
    scheme, _, credentials = shown[0].decode("latin-1").partition(" ")
    if scheme.lower() == "bearer":
        return await tokens.verify(credentials.strip())
    if scheme.lower() == "token":
        return await _caller_of_key(credentials.strip())
    raise Unauthenticated


def acting_account(caller: Caller, named: str | None, *, parameter: str = "accountId") -> str:
    """The account a request is about: a player's own, or the one a service or an admin names."""
    if caller.role is not Role.PLAYER:
        if named is None:
            problem = Problem("A service names the account it acts for.", parameter=parameter)
            raise Invalid(problem.detail, problems=[problem])
        return named
    if named not in (None, caller.subject):
        raise OtherAccount
    return caller.subject


def caller_dependency(dependant: Dependant) -> CallerOf | None:
    """What a route asks of its callers, if it asks anything."""
    return next(_caller_dependencies(dependant), None)


def _caller_dependencies(dependant: Dependant) -> Iterator[CallerOf]:
    for dependency in dependant.dependencies:
        if isinstance(dependency.call, CallerOf):
            yield dependency.call
        yield from _caller_dependencies(dependency)


async def _caller_of_key(text: str) -> Caller:
    key = await verify_key(text)
    if key is None:
        raise Unauthenticated
    return Caller(subject=key.name, role=Role.KEY, expires_at=None, token=text, scopes=frozenset(key.scopes))
