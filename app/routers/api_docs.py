"""The interface described: OpenAPI with problems and roles in it, and a page to read it by."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import orjson
from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.routing import APIRoute, iter_route_contexts
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from app.routers.auth import PUBLIC, ROLES, caller_dependency
from app.routers.errors import PROBLEM_TYPE
from app.routers.problems import EXAMPLE, ProblemOut
from app.routers.schemas.game import BulkScoreIn
from app.routers.strict import StrictRoute

STATIC = Path(__file__).parent / "static"
PAGE_POLICY = "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

#: What every route may answer besides its success; declared once, for the whole application.
RESPONSES: Mapping[int | str, dict[str, Any]] = {
    "default": {
        "description": "Refused: a problem, RFC 9457",
        "content": {
            PROBLEM_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemOut"}, "example": dict(EXAMPLE)}
        },
    }
}
#: Models that the document refers to by name only, so that the framework does not find them.
NAMED: tuple[type[BaseModel], ...] = (ProblemOut, BulkScoreIn)

router = APIRouter(include_in_schema=False, route_class=StrictRoute)


class Api(FastAPI):
    """The application, with the shape of problems and each route's roles in its description."""

    def openapi(self) -> dict[str, Any]:
        """The OpenAPI document, made once."""
        is_new = self.openapi_schema is None
        document = super().openapi()
        if is_new:
            _, described = models_json_schema(
                [(model, "validation") for model in NAMED], ref_template="#/components/schemas/{model}"
            )
            document["components"]["schemas"].update(described["$defs"])
            self._state_roles(document)
        return document

    def _state_roles(self, document: Mapping[str, Any]) -> None:
        for route in iter_route_contexts(self.routes):
            if isinstance(route.original_route, APIRoute) and route.include_in_schema:
                asked = caller_dependency(route.dependant)
                for method in route.methods or ():
                    operation = document["paths"][route.path_format][method.lower()]
                    if asked is not None:
                        operation[ROLES] = sorted(asked.roles)


@router.get("/openapi.json", openapi_extra=PUBLIC)
async def read_openapi(request: Request) -> Response:
    """This interface as an OpenAPI document."""
    return Response(orjson.dumps(request.app.openapi()), media_type="application/json")


@router.get("/docs", openapi_extra=PUBLIC)
async def read_docs() -> Response:
    """This interface as a page; it loads nothing from elsewhere."""
    return _static("docs.html", "text/html")


@router.get("/docs/{name}", openapi_extra=PUBLIC)
async def read_docs_part(name: Literal["docs.js", "docs.css"]) -> Response:
    """A part of the page."""
    return _static(name, "text/javascript" if name == "docs.js" else "text/css")


def _static(name: str, media_type: str) -> Response:
    headers = {
        "Content-Security-Policy": PAGE_POLICY,
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-cache",
    }
    return Response((STATIC / name).read_bytes(), headers=headers, media_type=media_type)
