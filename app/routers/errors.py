"""What a refusal looks like on the wire: the one table from category to status, and the one shape."""

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar
from urllib.parse import quote

import orjson
import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute, iter_route_contexts
from pydantic import ValidationError
from pymongo.errors import ConnectionFailure, ExecutionTimeout, PyMongoError, WTimeoutError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from app.game.errors import StoreAway
from app.kit.errors import Conflict, Forbidden, Invalid, LaurelError, NotFound, Problem, Stale, Unavailable
from app.kit.strict_json import MalformedJson

PROBLEM_TYPE = "application/problem+json"
LONGEST_POINTER = 200
LONGEST_INSTANCE = 200
#: Messages of pydantic that quote what the caller sent.
_QUOTING = {"union_tag_invalid"}
_TRANSIENT = ("RetryableWriteError", "TransientTransactionError")
#: Refusals of these paths say it once more, in the words their clients know.
TWICE_SAID = frozenset({"/api/leaderboard"})

log = structlog.get_logger()


class HttpError(LaurelError):
    """The request is not one this service can take."""

    headers: ClassVar[Mapping[str, str]] = {}


class BadRequest(HttpError):
    """The request contradicts itself."""

    slug = "bad-request"


class Unauthenticated(HttpError):
    """A valid token is needed."""

    slug = "unauthenticated"
    headers: ClassVar[Mapping[str, str]] = {"WWW-Authenticate": "Bearer"}


class UnknownRoute(HttpError):
    """There is no such route."""

    slug = "unknown-route"


class MethodNotAllowed(HttpError):
    """This route does not take this method."""

    slug = "method-not-allowed"


class RequestTimeout(HttpError):
    """The request did not arrive in time."""

    slug = "request-timeout"
    headers: ClassVar[Mapping[str, str]] = {"Connection": "close"}


class TooLarge(HttpError):
    """The body is larger than this route takes."""

    slug = "too-large"
    headers: ClassVar[Mapping[str, str]] = {"Connection": "close"}


class UriTooLong(HttpError):
    """The URL is longer than this service takes."""

    slug = "uri-too-long"


class UnsupportedMedia(HttpError):
    """A body has to be application/json, in UTF-8 and not compressed."""

    slug = "unsupported-media"


class Unexpected(HttpError):
    """Something went wrong here."""

    slug = "unexpected"


STATUS: Mapping[type[LaurelError], int] = {
    BadRequest: 400,
    MalformedJson: 400,
    Unauthenticated: 401,
    Forbidden: 403,
    NotFound: 404,
    UnknownRoute: 404,
    MethodNotAllowed: 405,
    RequestTimeout: 408,
    Conflict: 409,
    Stale: 412,
    TooLarge: 413,
    UriTooLong: 414,
    UnsupportedMedia: 415,
    Invalid: 422,
    Unexpected: 500,
    Unavailable: 503,
}


def status_of(error: type[LaurelError]) -> int:
    """The status of an error's category."""
    return next((STATUS[kind] for kind in error.__mro__ if kind in STATUS), 500)


def problem_response(error: LaurelError, instance: str) -> Response:
    """The answer to a request for the path `instance` that was refused with `error`."""
    fields = _fields(error) | {"instance": quote(instance[:LONGEST_INSTANCE])}
    if instance in TWICE_SAID:
        fields |= {"success": False, "msg": fields["detail"]}
    return Response(orjson.dumps(fields), fields["status"], dict(_headers(error)), PROBLEM_TYPE)


def refusal_of(error: BaseException) -> LaurelError:
    """What an exception means to the caller; Unexpected for whatever nobody foresaw."""
    if isinstance(error, LaurelError):
        return error
    if isinstance(error, RequestValidationError):
        return Invalid(problems=[_problem(fault) for fault in error.errors()])
    if isinstance(error, PyMongoError) and _is_passing(error):
        return StoreAway()
    if isinstance(error, HTTPException):
        return _refusal_of_framework(error)
    if isinstance(error, ClientDisconnect):
        return BadRequest("The request ended early.")
    return Unexpected()


def invalid_body(error: ValidationError, *, pointer: str = "") -> Invalid:
    """The refusal of a body, or of the part of it at `pointer`, that a model did not take."""
    return Invalid(
        problems=[
            Problem(_detail(fault), pointer=pointer + _pointer(list(fault["loc"])))
            for fault in error.errors()
        ]
    )


def problem_fields(error: BaseException) -> dict[str, Any]:
    """A refusal as part of a larger answer: its status, type and detail."""
    refusal = refusal_of(error)
    if isinstance(refusal, Unexpected):
        log.error("item.failed", exc_info=error)
    detail = "; ".join(f"{problem.pointer} {problem.detail}" for problem in refusal.problems)
    return {
        "status": status_of(type(refusal)),
        "type": f"/problems/{refusal.slug}",
        "detail": detail or refusal.detail,
    }


def install_error_handlers(app: FastAPI) -> None:
    """Answer every exception that leaves a route with a problem."""
    for kind in (LaurelError, RequestValidationError, PyMongoError, HTTPException, ClientDisconnect):
        app.add_exception_handler(kind, _answer)
    app.add_exception_handler(Exception, _answer_unexpected)


async def _answer(request: Request, error: Exception) -> Response:
    refusal = refusal_of(error)
    if isinstance(refusal, Unexpected):
        raise error
    response = problem_response(refusal, request.scope["path"])
    if isinstance(refusal, MethodNotAllowed):
        response.headers["Allow"] = ", ".join(sorted(_methods_at(request)))
    return response


async def _answer_unexpected(request: Request, _: Exception) -> Response:
    return problem_response(Unexpected(), request.scope["path"])


def _methods_at(request: Request) -> set[str]:
    """The methods of every route with this path; the framework names those of the first alone."""
    routes = iter_route_contexts(request.app.routes)
    return {
        method
        for route in routes
        if isinstance(route.original_route, APIRoute) and route.path_regex.match(request.scope["path"])
        for method in route.methods or ()
    }


def _refusal_of_framework(error: HTTPException) -> LaurelError:
    kinds: dict[int, type[LaurelError]] = {400: BadRequest, 404: UnknownRoute, 405: MethodNotAllowed}
    return kinds.get(error.status_code, Unexpected)()


def _is_passing(error: PyMongoError) -> bool:
    """True if the database is away, changing its primary or late, rather than refusing the command."""
    return (
        isinstance(error, ConnectionFailure | ExecutionTimeout | WTimeoutError)
        or error.timeout
        or any(error.has_error_label(label) for label in _TRANSIENT)
    )


def _headers(error: LaurelError) -> Iterator[tuple[str, str]]:
    if isinstance(error, Unavailable):
        yield "Retry-After", str(error.retry_after_s)
    if isinstance(error, HttpError):
        yield from error.headers.items()


def _fields(error: LaurelError) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "type": f"/problems/{error.slug}",
        "title": error.title(),
        "status": status_of(type(error)),
        "detail": error.detail,
    }
    if error.problems:
        fields["errors"] = [_fault(problem) for problem in error.problems]
    return fields


def _fault(problem: Problem) -> dict[str, str]:
    fault = {"detail": problem.detail}
    if problem.pointer is not None:
        fault["pointer"] = problem.pointer
    if problem.parameter is not None:
        fault["parameter"] = problem.parameter
    return fault


def _problem(fault: Mapping[str, Any]) -> Problem:
    place, *path = fault["loc"]
    if place == "body":
        return Problem(_detail(fault), pointer=_pointer(path))
    return Problem(_detail(fault), parameter=str(path[0]) if path else None)


def _detail(fault: Mapping[str, Any]) -> str:
    """What is wrong, never with what was sent."""
    quoting = fault["type"] in _QUOTING
    return "Not one of the expected kinds." if quoting else str(fault["msg"]).removeprefix("Value error, ")


def _pointer(path: list[str | int]) -> str:
    """An RFC 6901 pointer."""
    steps = (str(step).replace("~", "~0").replace("/", "~1") for step in path)
    return "".join(f"/{step}" for step in steps)[:LONGEST_POINTER]
