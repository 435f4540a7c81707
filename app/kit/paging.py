"""Pages of a list: where one begins, and links to its neighbours. Pure; pages are numbered from 1."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote, urlencode


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list, so many lines long."""

    number: int
    limit: int

    @property
    def skip(self) -> int:
        """How many lines come before the page."""
        return (self.number - 1) * self.limit

    def last(self, total: int) -> int:
        """The number of the last page of a list; an empty list has one page."""
        return max(1, -(-total // self.limit))


@dataclass(frozen=True, slots=True)
class Listing:
    """A list as it is asked for: its path, and the parameters besides those of a page."""

    path: str
    parameters: Mapping[str, str] = field(default_factory=dict)

    def links(self, page: Page, *, total: int) -> str:
        """The `Link` header (RFC 8288) of a page: first, prev, next and last, of those that there are."""
        last = page.last(total)
        targets = {"first": 1, "last": last}
        if page.number > 1:
            targets["prev"] = min(page.number - 1, last)
        if page.number < last:
            targets["next"] = page.number + 1
        order = ("first", "prev", "next", "last")
        return ", ".join(
            f'<{self._target(targets[rel], page.limit)}>; rel="{rel}"' for rel in order if rel in targets
        )

    def _target(self, number: int, limit: int) -> str:
        query = {**self.parameters, "page": str(number), "limit": str(limit)}
        return f"{quote(self.path)}?{urlencode(query)}"
