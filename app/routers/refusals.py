"""Refusals as the OpenAPI document states them: by status, each kind with its slug."""

from collections.abc import Iterable
from typing import Any

from app.kit.errors import LaurelError
from app.routers.errors import PROBLEM_TYPE, status_of

#: By status, as a route's `responses` and an operation of the document hold them.
Responses = dict[int | str, dict[str, Any]]


def refusals(*kinds: type[LaurelError]) -> Responses:
    """The `responses` of a route that may refuse with these kinds, besides what every route may."""
    responses: Responses = {}
    add_refusals(responses, kinds)
    return responses


def add_refusals(responses: Responses, kinds: Iterable[type[LaurelError]]) -> None:
    """State these kinds among responses; several kinds may share a status."""
    for kind in kinds:
        line = f"`{kind.slug}`: {kind.title()}"
        stated = responses.setdefault(str(status_of(kind)), refusal(""))
        stated["description"] = "\n".join([*stated["description"].splitlines(), line])


def refusal(description: str) -> dict[str, Any]:
    """A response whose content is a problem."""
    return {
        "description": description,
        "content": {PROBLEM_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemOut"}}},
    }
