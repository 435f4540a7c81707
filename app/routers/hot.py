"""A short way to the busiest routes: past the framework's routing, not past its promises.

The functions here are declared as ordinary routes too, which documents them; they authenticate,
validate and refuse like all others.
"""

from collections.abc import Awaitable, Callable, Mapping

from fastapi import FastAPI, Request, Response
from starlette.types import Receive, Scope, Send

from app.routers.errors import Unexpected, problem_response, refusal_of

HotRoute = Callable[[Request], Awaitable[Response]]


class HotRoutes:
    """Answers some (method, path) pairs itself and hands everything else to the application."""

    def __init__(self, app: FastAPI, routes: Mapping[tuple[str, str], HotRoute]) -> None:
        self._app = app
        self._routes = dict(routes)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one ASGI connection."""
        route = self._routes.get((scope["method"], scope["path"])) if scope["type"] == "http" else None
        if route is None:
            await self._app(scope, receive, send)
            return
        scope["app"] = self._app
        scope["laurel.route"] = path = scope["path"]
        try:
            response = await route(Request(scope, receive))
        except Exception as error:
            refusal = refusal_of(error)
            if isinstance(refusal, Unexpected):
                raise
            response = problem_response(refusal, path)
        await response(scope, receive, send)
