"""Whether a request comes from a page of this service; only browsers say where from."""

from urllib.parse import urlsplit

from starlette.types import Scope

from app.kit.errors import Forbidden

SAFE_METHODS = frozenset({"GET", "HEAD"})


class ForeignOrigin(Forbidden):
    """Pages of other sites may not do that in a visitor's name."""

    slug = "foreign-origin"


def require_no_foreign_origin(scope: Scope) -> None:
    """Raise ForeignOrigin if a page of another site sends this; programs that say nothing may go on."""
    origin, site = _header(scope, b"origin"), _header(scope, b"sec-fetch-site")
    if (origin is not None and not _is_own(scope, origin)) or site not in (None, "same-origin", "none"):
        raise ForeignOrigin


def require_own_origin(scope: Scope) -> None:
    """Raise ForeignOrigin unless a page of this very service sends this."""
    require_no_foreign_origin(scope)
    if _header(scope, b"origin") is None:
        raise ForeignOrigin


def _is_own(scope: Scope, origin: str) -> bool:
    # The scheme is the browser's business: behind a proxy this service sees another one.
    try:
        authority = urlsplit(origin).netloc
    except ValueError:
        return False
    return bool(authority) and authority.lower() == (_header(scope, b"host") or "").lower()


def _header(scope: Scope, name: bytes) -> str | None:
    """A header that is there once; an empty text, which nothing equals, if it is there more often."""
    values: list[str] = [value.decode("latin-1") for key, value in scope["headers"] if key == name]
    return (values[0] if len(values) == 1 else "") if values else None
