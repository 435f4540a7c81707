"""Every route says whom it is for, and keeps to it."""

from collections.abc import Iterator

import httpx
import pytest
from conftest import ACCOUNT, TokenBuilder
from fastapi.routing import APIRoute, RouteContext, iter_route_contexts

from app.main import HOT_ROUTES, ROUTERS
from app.routers.auth import PUBLIC, ROLES, caller_dependency


def routes() -> Iterator[RouteContext]:
    """Every route of every router the service includes."""
    for router in ROUTERS:
        yield from iter_route_contexts(router.routes)


def named(route: RouteContext) -> str:
    return f"{'/'.join(sorted(route.methods or ()))} {route.path}"


def is_public(route: RouteContext) -> bool:
    return bool((route.openapi_extra or {}).get(ROLES) == PUBLIC[ROLES])


PROTECTED = [route for route in routes() if not is_public(route)]


def test_there_are_only_routes_of_the_api() -> None:
    assert all(isinstance(route.original_route, APIRoute) for route in routes())


@pytest.mark.parametrize("route", list(routes()), ids=named)
def test_a_route_states_its_role(route: RouteContext) -> None:
    assert (caller_dependency(route.dependant) is not None) != is_public(route)


@pytest.mark.parametrize("key", HOT_ROUTES, ids=" ".join)
def test_a_route_on_the_short_way_is_declared_too(key: tuple[str, str]) -> None:
    method, path = key
    declared = {(method, route.path): route.endpoint for route in routes() for method in route.methods or ()}

    assert declared[method, path] is HOT_ROUTES[key]


async def test_every_role_opens_its_routes_and_no_others(
    client: httpx.AsyncClient, token: TokenBuilder
) -> None:
    wrong = []
    for route in PROTECTED:
        asked = caller_dependency(route.dependant)
        assert asked is not None
        # Some routes are for accounts, others for users, who are numbers.
        subject = ACCOUNT if asked._is_player(ACCOUNT) else "1"  # noqa: SLF001 # nobody else asks
        for role in (None, "player", "service", "admin"):
            # No event's id: a stream would not end, and is refused for this once the caller is admitted.
            headers = {"Last-Event-ID": "none"}
            if role is not None:
                headers["Authorization"] = f"Bearer {token(subject, role)}"
            expected = 401 if role is None else (403 if role not in asked.roles else None)
            for method in route.methods or ():
                status = (await client.request(method, route.path or "", headers=headers)).status_code
                is_open = status not in (401, 403) and status < 500
                if not (is_open if expected is None else status == expected):
                    wrong.append((method, route.path, role, status))

    assert wrong == []
