"""What the `type` of a problem resolves to: every refusal this service knows, by slug."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Path
from pydantic import BaseModel, Field

from app.kit.errors import LaurelError, NotFound
from app.routers.auth import PUBLIC
from app.routers.errors import status_of
from app.routers.refusals import refusals
from app.routers.strict import StrictRoute

router = APIRouter(prefix="/problems", tags=["problems"], route_class=StrictRoute)

EXAMPLE: Mapping[str, Any] = {
    "type": "/problems/invalid-request",
    "title": "The request does not mean anything here.",
    "status": 422,
    "detail": "The request does not mean anything here.",
    "instance": "/leaderboard/score",
    "errors": [{"pointer": "/score", "detail": "Input should be a valid integer"}],
}


class UnknownProblem(NotFound):
    """There is no problem of this name."""

    slug = "unknown-problem"


class Fault(BaseModel):
    """One fault of a refused request: where, and what is wrong there."""

    detail: str
    pointer: str | None = Field(None, description="place in the body, an RFC 6901 pointer")
    parameter: str | None = Field(None, description="name of the parameter")


class ProblemOut(BaseModel):
    """Why a request was refused (RFC 9457)."""

    type: str = Field(description="`/problems/<slug>`; stable, and answers GET")
    title: str
    status: int
    detail: str
    instance: str = Field(description="path of the request")
    errors: list[Fault] | None = None


class ProblemKind(BaseModel):
    """A kind of refusal."""

    slug: str
    status: int
    title: str
    description: str | None


@router.get("", openapi_extra=PUBLIC)
async def list_problems() -> list[ProblemKind]:
    """Every kind of refusal, by slug."""
    kinds = {kind.slug: kind for kind in _kinds(LaurelError)}
    return [_described(kinds[slug]) for slug in sorted(kinds)]


@router.get("/{slug}", openapi_extra=PUBLIC, responses=refusals(UnknownProblem))
async def read_problem(slug: Annotated[str, Path(max_length=64)]) -> ProblemKind:
    """One kind of refusal: what `type` in a problem points to."""
    for kind in _kinds(LaurelError):
        if kind.slug == slug:
            return _described(kind)
    raise UnknownProblem


def _kinds(base: type[LaurelError]) -> Iterator[type[LaurelError]]:
    for kind in base.__subclasses__():
        if "slug" in vars(kind):
            yield kind
        yield from _kinds(kind)


def _described(kind: type[LaurelError]) -> ProblemKind:
    _, _, rest = (kind.__doc__ or "").strip().partition("\n")
    return ProblemKind(
        slug=kind.slug, status=status_of(kind), title=kind.title(), description=" ".join(rest.split()) or None
    )
