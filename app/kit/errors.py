"""The categories of refusal; a domain error derives from exactly one of them.

LaurelError
 ├─ Invalid       the request can be read but not meant; may carry one Problem per fault
 ├─ Forbidden     the caller is known and may not
 ├─ NotFound      there is no such thing, or it is someone else's
 ├─ Conflict      the thing is in a state that does not allow it
 ├─ Stale         the caller decided on an older version
 └─ Unavailable   a dependency is away; trying again later helps

A class states its stable `slug` and, as the first line of its docstring, its title.
Which status each category has is decided in `app.routers.errors` alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault of a request: where it is, and what is wrong there, never the value itself."""

    detail: str
    pointer: str | None = None
    parameter: str | None = None


class LaurelError(Exception):
    """Something was refused."""

    slug: ClassVar[str] = "refused"

    def __init__(self, detail: str | None = None, *, problems: Sequence[Problem] = ()) -> None:
        self.detail = detail or self.title()
        self.problems = tuple(problems)
        super().__init__(self.detail)

    @classmethod
    def title(cls) -> str:
        """The first line of the class's docstring."""
        return (cls.__doc__ or cls.__name__).strip().splitlines()[0]


class Invalid(LaurelError):
    """The request does not mean anything here."""

    slug = "invalid-request"


class Forbidden(LaurelError):
    """This caller may not do that."""

    slug = "forbidden"


class NotFound(LaurelError):
    """There is no such thing."""

    slug = "not-found"


class Conflict(LaurelError):
    """The present state does not allow that."""

    slug = "conflict"


class Stale(LaurelError):
    """The caller decided on an older version."""

    slug = "stale-version"


class Unavailable(LaurelError):
    """Something this answer depends on is away."""

    slug = "dependency-unavailable"

    def __init__(self, detail: str | None = None, *, retry_after_s: int = 1) -> None:
        super().__init__(detail)
        self.retry_after_s = retry_after_s
