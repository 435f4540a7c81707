"""Pages over HTTP: the parameters that ask for one, and the headers that say where it stands."""

import re
from typing import Annotated, Any

from fastapi import Query
from pydantic import BeforeValidator

from app.kit.paging import Listing, Page

LAST_PAGE = 1_000_000
LONGEST_PAGE = 100

_DIGITS = re.compile(r"[0-9]{1,9}", re.ASCII)


def _digits(value: object) -> object:
    # The framework would take "+5", " 5" and digits of any script for a number.
    if isinstance(value, str) and _DIGITS.fullmatch(value) is None:
        raise ValueError("must be digits")
    return value


#: Before a number of a query: what is not written in digits alone is none.
DIGITS = BeforeValidator(_digits)
PageNumber = Annotated[int, DIGITS, Query(ge=1, le=LAST_PAGE)]
PageLimit = Annotated[int, DIGITS, Query(ge=1, le=LONGEST_PAGE, description="lines of a page")]

#: The `headers` of a documented answer.
PAGE_HEADERS: dict[str, Any] = {
    "X-Total-Count": {"schema": {"type": "integer"}, "description": "lines of all pages"},
    "Link": {"schema": {"type": "string"}, "description": "RFC 8288: first, prev, next, last"},
}


def page_headers(listing: Listing, page: Page, *, total: int) -> dict[str, str]:
    """The headers of a page."""
    return {"X-Total-Count": str(total), "Link": listing.links(page, total=total)}
