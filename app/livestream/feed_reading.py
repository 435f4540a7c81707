"""Reading feeds: pages of the newest, each page of one and the same run."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.livestream.documents import FeedDocument
from app.livestream.errors import UnknownFeed
from app.livestream.rules.groupings import Groupings


@dataclass(frozen=True, slots=True)
class FeedPage:
    """Some items of a feed. `run` tells the run from all others; a feed without one has none."""

    run: str
    total: int
    items: Sequence[Mapping[str, Any]]


async def read_feed(groupings: Groupings, alias: str, *, skip: int, limit: int) -> FeedPage:
    """Items of the newest feed of an alias; none if it has not been built yet. Raises UnknownFeed."""
    if alias not in groupings.aliases:
        raise UnknownFeed
    page = {"total": {"$size": "$items"}, "items": {"$slice": ["$items", skip, limit]}}
    found = await FeedDocument.get_motor_collection().find_one(
        {"aliases": alias}, page, sort=[("version", -1)]
    )
    return FeedPage(str(found["_id"]), found["total"], found["items"]) if found else FeedPage("none", 0, ())
