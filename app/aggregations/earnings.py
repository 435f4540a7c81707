"""The diamond leaderboard of a session, made of the hours of its streamer's earnings, stage by stage.

An hour lies in one or more documents `{user, time, part, breakdown: {"stream:CATEGORY:SESSION": {VIEWER:
{total}}}, revenue}`. A page takes two reads of one moment: `leaderboard_page` adds every viewer up to a
single total, which says who is on the page, and `parts_of_viewers` leaves of the hours what these few gave.

Where `$facet` ends: it answers with one document, which may take 100 MB inside MongoDB, and 16 MB when it
leaves MongoDB. A branch for each category would put every entry of all of them into that document: 310,000
fit, the 620,000 of a session with 200,000 viewers who gave in three categories do not. So nothing goes
through a `$facet` but a page and a count. Adding up by viewer and sorting may go to disk.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, TypedDict

from app.aggregations.stages import Pipeline, Stage

EARNINGS = "earnings"


class Category(StrEnum):
    """What diamonds were given for. A karaoke or show gift is among the gifts too."""

    VIEWS = "views"
    GIFTS = "gifts"
    CHAT = "chat"
    EXCLUSIVE = "exclusive"
    KARAOKE = "karaoke"
    SHOW = "show"


#: Those that make up a viewer's total; the others are parts of the gifts.
COUNTED = (Category.VIEWS, Category.GIFTS, Category.CHAT, Category.EXCLUSIVE)
PARTS_OF_GIFTS = (Category.KARAOKE, Category.SHOW)

ORDER: Stage = {"total": -1, "_id": 1}


@dataclass(frozen=True, slots=True)
class SessionEarnings:
    """Which earnings: of a session, under these categories, in hours that begin from `first` to `last`.

    Without `last` there is no end; `left_out` is a viewer who does not compete.
    """

    streamer: Any
    session: str
    first: datetime
    last: datetime | None
    categories: Sequence[Category]
    left_out: str | None = None


class RankedViewer(TypedDict):
    """A viewer with the sum of the categories that count."""

    _id: str
    total: int


class LeaderboardPage(TypedDict):
    """The one row of `leaderboard_page`: who is on a page, and the count of all, or nothing for none."""

    page: list[RankedViewer]
    viewers: list[dict[str, int]]


class EqualTotals(TypedDict):
    """A row of `totals`: how many viewers have this total."""

    _id: int
    viewers: int


def leaderboard_page(earnings: SessionEarnings, *, skip: int, limit: int) -> Pipeline:
    """Who is on one page, in order, and how long the list is."""
    page = [{"$sort": ORDER}, {"$skip": skip}, {"$limit": limit}]
    return [*ranking(earnings), {"$facet": {"page": page, "viewers": [{"$count": "count"}]}}]


def ranking(earnings: SessionEarnings) -> Pipeline:
    """A `RankedViewer` for everybody who gave in the categories asked for, in no order."""
    competes = [] if earnings.left_out is None else [{"$match": {"_id": {"$ne": earnings.left_out}}}]
    return [
        within(earnings),
        {"$project": {"_id": 0, "given": {"$concatArrays": _entries(earnings)}}},
        {"$unwind": "$given"},
        # Straight from the entries: a `$project` in between, or a sum for each category, takes as long again.
        {"$group": {"_id": "$given.k", "total": {"$sum": "$given.v.total"}}},
        *competes,
    ]


def parts_of_viewers(earnings: SessionEarnings, viewers: Iterable[str]) -> Stage:
    """The projection that leaves of an hour, or of a part of one, what these few viewers gave."""
    return {total_path(one, earnings.session, viewer): 1 for one in read_for(earnings) for viewer in viewers}


def whole_leaderboard(earnings: SessionEarnings) -> Pipeline:
    """A row for every viewer, in order: the total, and the diamonds of each category."""
    return [*streamed(earnings), with_total(earnings.categories), {"$sort": ORDER}]


def totals(earnings: SessionEarnings) -> Pipeline:
    """How many viewers have which total, the highest first."""
    return [
        *ranking(earnings),
        {"$group": {"_id": "$total", "viewers": {"$sum": 1}}},
        {"$sort": {"_id": -1}},
    ]


def streamed(earnings: SessionEarnings) -> Pipeline:
    """A row for each viewer with the diamonds of each category, one category after the other."""
    first, *others = read_for(earnings)
    unions = [
        {"$unionWith": {"coll": EARNINGS, "pipeline": [within(earnings), *given_in(earnings, one)]}}
        for one in others
    ]
    return [within(earnings), *given_in(earnings, first), *unions, by_viewer([first, *others])]


def within(earnings: SessionEarnings) -> Stage:
    """The hours of the window, in whichever parts."""
    return {"$match": hours_of(earnings)}


def hours_of(earnings: SessionEarnings, parts: Sequence[int] | None = None) -> Stage:
    """The filter of the window's hours; `parts`: only those, where one viewer's diamonds may be."""
    time: Stage = {"$gte": earnings.first}
    if earnings.last is not None:
        time["$lte"] = earnings.last
    # Whoever wrote an hour as one document numbered no part.
    known = {} if parts is None else {"part": {"$in": [None, *parts]}}
    return {"user": earnings.streamer, "time": time, **known}


def given_in(earnings: SessionEarnings, category: Category) -> Pipeline:
    """A row for each entry of a category: the viewer, and the diamonds of an hour or a part of one."""
    entries = {"$objectToArray": f"$breakdown.{key_of(category, earnings.session)}"}
    competes = [] if earnings.left_out is None else [{"$match": {"given.k": {"$ne": earnings.left_out}}}]
    return [
        {"$project": {"_id": 0, "given": entries}},
        {"$unwind": "$given"},
        *competes,
        # The id stays text: as an ObjectId it would sort the same, and half as many rows a second be made.
        {"$project": {"_id": "$given.k", field_of(category): "$given.v.total"}},
    ]


def by_viewer(categories: Iterable[Category]) -> Stage:
    """One row for each viewer."""
    return {"$group": {"_id": "$_id", **{field_of(one): {"$sum": f"${field_of(one)}"} for one in categories}}}


def with_total(categories: Sequence[Category]) -> Stage:
    """Each row with the sum of those categories that count."""
    return {
        "$addFields": {"total": {"$add": [0, *(f"${field_of(one)}" for one in COUNTED if one in categories)]}}
    }


def _entries(earnings: SessionEarnings) -> list[Stage]:
    """The entries of a document as lists `{k: viewer, v: {total}}`; what does not count is without `v`.

    Parts of the gifts need not be read beside them: whoever gave them is among those who gave gifts.
    """
    counted = [_list_of(one, earnings.session) for one in earnings.categories if one in COUNTED]
    others = [] if Category.GIFTS in earnings.categories else PARTS_OF_GIFTS
    return counted + [
        {"$map": {"input": _list_of(one, earnings.session), "in": {"k": "$$this.k"}}}
        for one in others
        if one in earnings.categories
    ]


def _list_of(category: Category, session: str) -> Stage:
    return {"$ifNull": [{"$objectToArray": f"$breakdown.{key_of(category, session)}"}, []]}


def read_for(earnings: SessionEarnings) -> list[Category]:
    """The categories to be read: those asked for, and with the gifts what is taken out of them."""
    parts = PARTS_OF_GIFTS if Category.GIFTS in earnings.categories else ()
    return [one for one in Category if one in {*earnings.categories, *parts}]


def total_path(category: Category, session: str, viewer: str) -> str:
    """Where in an hour a viewer's diamonds of a category are."""
    return f"breakdown.{key_of(category, session)}.{viewer}.total"


def key_of(category: Category, session: str) -> str:
    """Where in an hour's breakdown a session's diamonds of a category are."""
    return f"stream:{category}:{session}"


def field_of(category: Category) -> str:
    """What a viewer's row calls the diamonds of a category."""
    return f"total|diamonds|{category}"
