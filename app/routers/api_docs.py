"""The interface described: OpenAPI with problems and roles in it, and a page to read it by."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import orjson
from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.routing import APIRoute, iter_route_contexts
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from app.game.errors import StoreAway
from app.kit.errors import Invalid, LaurelError
from app.kit.strict_json import MalformedJson
from app.kit.tokens import Role
from app.routers.auth import PUBLIC, ROLES, CallerOf, MissingScope, WrongRole, caller_dependency
from app.routers.errors import (
    BadRequest,
    RequestTimeout,
    TooLarge,
    Unauthenticated,
    UnsupportedMedia,
    UriTooLong,
)
from app.routers.key_sets import KeySetAway
from app.routers.problems import EXAMPLE, ProblemOut
from app.routers.refusals import add_refusals, refusal
from app.routers.schemas.game import BulkScoreIn, ScoreIn
from app.routers.strict import StrictRoute
from app.routers.web_pages import page_response

#: What a route may answer that states nothing else; declared once, for the whole application.
RESPONSES: Mapping[int | str, dict[str, Any]] = {"default": refusal("Anything else: a problem, RFC 9457")}
#: Models that the document refers to by name only, so that the framework does not find them.
NAMED: tuple[type[BaseModel], ...] = (ProblemOut, ScoreIn, BulkScoreIn)
#: What a field or parameter of this name looks like: taken from the demo world, so that a reader's first
#: try finds something.
EXAMPLES: Mapping[str, Any] = {
    "leaderboardId": "demo_global",
    "leaderboardIds": "demo_global,demo_tiers",
    "leaderboard_id": "demo_global",
    "accountId": "b98339eaf753a0d573e7548c",
    "score": 55,
    "reason": "cheating",
    "userCount": 20,
    "slug": "unknown-leaderboard",
    "Prefer": "return=representation",
}

router = APIRouter(include_in_schema=False, route_class=StrictRoute)


class Api(FastAPI):
    """The application, with each route's roles, refusals and examples in its description."""

    def openapi(self) -> dict[str, Any]:
        """The OpenAPI document, made once."""
        is_new = self.openapi_schema is None
        document = super().openapi()
        if is_new:
            _, described = models_json_schema(
                [(model, "validation") for model in NAMED], ref_template="#/components/schemas/{model}"
            )
            schemas = document["components"]["schemas"]
            schemas.update(described["$defs"])
            schemas["ProblemOut"]["examples"] = [dict(EXAMPLE)]
            for schema in schemas.values():
                _give_examples(schema.get("properties", {}).items())
            self._describe_operations(document)
        return document

    def _describe_operations(self, document: Mapping[str, Any]) -> None:
        for route in iter_route_contexts(self.routes):
            if isinstance(route.original_route, APIRoute) and route.include_in_schema:
                asked = caller_dependency(route.dependant)
                for method in route.methods or ():
                    _describe(document["paths"][route.path_format][method.lower()], asked)


def _describe(operation: dict[str, Any], asked: CallerOf | None) -> None:
    """State what an operation asks of its callers and how it may refuse; its first sentence is its title."""
    if asked is not None:
        operation[ROLES] = sorted(asked.roles)
    operation["summary"] = operation["description"].split(". ")[0].split(".\n")[0].rstrip(".")
    add_refusals(operation["responses"], _everywhere(asked))
    if "requestBody" in operation:
        add_refusals(operation["responses"], (MalformedJson, RequestTimeout, TooLarge, UnsupportedMedia))
    operation["responses"] = dict(sorted(operation["responses"].items()))
    _give_examples((parameter["name"], parameter["schema"]) for parameter in operation.get("parameters", ()))


def _everywhere(asked: CallerOf | None) -> Iterator[type[LaurelError]]:
    """What any request to a route may be refused with."""
    yield from (UriTooLong, Invalid)
    if asked is not None:
        yield from (BadRequest, Unauthenticated, KeySetAway, StoreAway)
        if asked.roles < frozenset(Role):
            yield WrongRole
        if asked.scope is not None:
            yield MissingScope


def _give_examples(named: Iterable[tuple[str, dict[str, Any]]]) -> None:
    for name, schema in named:
        if name in EXAMPLES:
            schema["examples"] = [EXAMPLES[name]]


@router.get("/openapi.json", openapi_extra=PUBLIC)
async def read_openapi(request: Request) -> Response:
    """This interface as an OpenAPI document."""
    return Response(orjson.dumps(request.app.openapi()), media_type="application/json")


@router.get("/docs", openapi_extra=PUBLIC)
async def read_docs(request: Request) -> Response:
    """This interface as a page; it loads nothing from elsewhere."""
    return page_response(request, "docs.html")
