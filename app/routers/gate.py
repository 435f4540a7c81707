"""The outermost layer: every request gets an id, limits, a measurement and a well-formed answer."""

import re
import time
from collections.abc import Collection, Mapping
from secrets import token_hex

import structlog
from asgi_correlation_id.context import correlation_id
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.kit.errors import LaurelError
from app.routers.errors import problem_response, refusal_of
from app.routers.limits import BodyLimits, bounded_body, require_bounded_url
from app.routers.metrics import Measurements

SLOW_S = 1.0
LONGEST_LOGGED = 200
FIRST_ERROR_STATUS = 400
FIRST_FAILURE_STATUS = 500

_REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{8,128}")

log = structlog.get_logger()


class Gate:
    """Runs an application with limits on bodies; nothing leaves it but complete answers and problems.

    `body_caps`: how large a body may be, by path. `forms`: the paths that take a form as well as JSON.
    """

    def __init__(self, app: ASGIApp, body_caps: Mapping[str, int], forms: Collection[str] = ()) -> None:
        self._app = app
        self._limits = BodyLimits(body_caps, forms)
        self._measurements = Measurements()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one ASGI connection."""
        if scope["type"] == "http":
            await _Exchange(scope, send, self._measurements).run(self._app, receive, self._limits)
        elif scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        else:
            await send({"type": "websocket.close"})


class _Exchange:
    """One request and its answer."""

    __slots__ = ("_complete", "_id", "_measurements", "_scope", "_send", "_started_at", "_status")

    def __init__(self, scope: Scope, send: Send, measurements: Measurements) -> None:
        self._scope = scope
        self._send = send
        self._measurements = measurements
        self._started_at = time.perf_counter()
        self._id = b""
        self._status = 0
        self._complete = False

    async def run(self, app: ASGIApp, receive: Receive, limits: BodyLimits) -> None:
        scope = self._scope
        headers = dict(scope["headers"])
        self._id = _request_id(headers)
        correlation_id.set(self._id.decode())
        try:
            require_bounded_url(scope)
            receive = bounded_body(scope["path"], headers, receive, limits)
            await app(scope, receive, self._forward)
        except LaurelError as refusal:
            await self._refuse(refusal)
        except Exception as error:
            log.exception("request.failed", method=scope["method"], path=scope["path"])
            await self._refuse(refusal_of(error))
        finally:
            self._close()

    async def _forward(self, message: Message) -> None:
        kind = message["type"]
        if kind == "http.response.start":
            self._status = message["status"]
            # A new list: a response object may be sent more than once.
            message["headers"] = [*message["headers"], (b"x-request-id", self._id)]
        elif kind == "http.response.body" and not message.get("more_body", False):
            self._complete = True
        await self._send(message)

    async def _refuse(self, refusal: LaurelError) -> None:
        if self._complete:
            return
        if self._status:
            # Half an answer must not look whole: the server cuts the connection.
            raise refusal
        scope = self._scope
        await problem_response(refusal, scope["path"])(scope, _nothing, self._forward)

    def _close(self) -> None:
        elapsed_s = time.perf_counter() - self._started_at
        scope, status = self._scope, self._status or FIRST_FAILURE_STATUS
        self._measurements.add(scope, status, elapsed_s)
        write = log.info if status >= FIRST_ERROR_STATUS or elapsed_s > SLOW_S else log.debug
        write(
            "request.answered",
            method=scope["method"],
            path=scope["path"][:LONGEST_LOGGED],
            status=status,
            elapsed_ms=round(elapsed_s * 1000, 2),
        )


def _request_id(headers: Mapping[bytes, bytes]) -> bytes:
    given = headers.get(b"x-request-id")
    if given is not None and _REQUEST_ID.fullmatch(given):
        return given
    return token_hex(16).encode()


async def _nothing() -> Message:
    return {"type": "http.disconnect"}
