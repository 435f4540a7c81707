"""Routes that know who is calling before they read a body, and read it strictly."""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute
from starlette.requests import ClientDisconnect

from app.kit.strict_json import MalformedJson, decode
from app.routers.auth import caller_dependency


async def read_json(request: Request) -> object:
    """The one JSON value of a body that has to be there, or MalformedJson."""
    body = await _read_body(request)
    if not body:
        raise MalformedJson("The body is empty.")
    return decode(body)


async def _read_body(request: Request) -> bytes:
    """The body, which comes in one message more often than not: then without the framework's stream."""
    message = await request.receive()
    body: bytes = message.get("body", b"")
    while message.get("more_body", False):
        message = await request.receive()
        body += message.get("body", b"")
    if message["type"] == "http.disconnect":
        raise ClientDisconnect
    return body


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
