"""Routes that know who is calling before they read a body, and read it strictly."""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute

from app.kit.strict_json import MalformedJson, decode
from app.routers.auth import caller_dependency


async def read_json(request: Request) -> object:
    """The one JSON value of a body that has to be there, or MalformedJson."""
    body = await request.body()
    if not body:
        raise MalformedJson("The body is empty.")
    return decode(body)


class StrictRequest(Request):
    """A request whose JSON is decoded once, strictly."""

    async def json(self) -> Any:
        """The body's one JSON value, or MalformedJson."""
        if not hasattr(self, "_decoded"):
            self._decoded = decode(await self.body())
        return self._decoded


class StrictRoute(APIRoute):
    """Refuses in this order: unknown caller, wrong role, malformed body, then what the schema says."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The framework's handler behind the caller's and the body's checks."""
        handle = super().get_route_handler()
        admit = caller_dependency(self.dependant)
        body = self.body_field

        async def strictly(request: Request) -> Response:
            strict = StrictRequest(request.scope, request.receive)
            if admit is not None:
                await admit(strict)
            if body is not None:
                # Here and not in the framework, which would answer its own error for ours.
                if await strict.body():
                    await strict.json()
                elif body.field_info.is_required():
                    raise MalformedJson("The body is empty.")
            return await handle(strict)

        return strictly
