"""The diamond leaderboard of a session, made of the hours of its streamer's earnings, stage by stage.

An hour lies in one or more documents `{user, time, part, breakdown: {"stream:CATEGORY:SESSION": {VIEWER:
{total}}}, revenue}`. A page takes two runs of one moment: `leaderboard_page` adds every viewer up to a single
total, which says who is on the page, and `lines_of` adds up by category what these few gave.

Where `$facet` ends: it answers with one document, which may take 100 MB inside MongoDB, and 16 MB when it
leaves MongoDB. A branch for each category puts every entry of all of them into that document: 310,000 fit,
the 620,000 of a session with 200,000 viewers who gave in three categories do not. So branches are given only
what the viewers of a page gave, and for all viewers nothing but a page and a count goes through a `$facet`.
Adding up by viewer and sorting may go to disk.
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


class LeaderboardLine(TypedDict):
    """A viewer's line; what was not asked for is 0."""

    id: str
    total: int
    views: int
    gifts: int
    chat: int
    exclusive: int
    karaoke: int
    show: int


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


def lines_of(
    earnings: SessionEarnings, viewers: Sequence[str], *, parts: Sequence[int] | None = None
) -> Pipeline:
    """The lines of these few viewers, in no order; none for one who has given nothing.

    `parts`: where their diamonds are, if that is known.
    """
    read = _read(earnings)
    # Whoever wrote an hour as one document numbered no part.
    known = [] if parts is None else [{"$match": {"part": {"$in": [None, *parts]}}}]
    paths = [total_path(one, earnings.session, viewer) for one in read for viewer in viewers]
    return [
        within(earnings),
        *known,
        {"$project": dict.fromkeys(paths, 1)},
        {"$facet": {_field(one): given_in(earnings, one) for one in read}},
        {"$project": {"rows": {"$concatArrays": [f"${_field(one)}" for one in read]}}},
        {"$unwind": "$rows"},
        {"$replaceWith": "$rows"},
        by_viewer(read),
        with_total(earnings.categories),
        as_line(earnings.categories),
    ]


def whole_leaderboard(earnings: SessionEarnings) -> Pipeline:
    """Every line in order."""
    return [
        *streamed(earnings),
        with_total(earnings.categories),
        {"$sort": ORDER},
        as_line(earnings.categories),
    ]


def totals(earnings: SessionEarnings) -> Pipeline:
    """How many viewers have which total, the highest first."""
    return [
        *ranking(earnings),
        {"$group": {"_id": "$total", "viewers": {"$sum": 1}}},
        {"$sort": {"_id": -1}},
    ]


def streamed(earnings: SessionEarnings) -> Pipeline:
    """A row for each viewer with the diamonds of each category, one category after the other."""
    first, *others = _read(earnings)
    unions = [
        {"$unionWith": {"coll": EARNINGS, "pipeline": [within(earnings), *given_in(earnings, one)]}}
        for one in others
    ]
    return [within(earnings), *given_in(earnings, first), *unions, by_viewer([first, *others])]


def within(earnings: SessionEarnings) -> Stage:
    """The hours of the window, in whichever parts."""
    time: Stage = {"$gte": earnings.first}
    if earnings.last is not None:
        time["$lte"] = earnings.last
    return {"$match": {"user": earnings.streamer, "time": time}}


def given_in(earnings: SessionEarnings, category: Category) -> Pipeline:
    """A row for each entry of a category: the viewer, and the diamonds of an hour or a part of one."""
    entries = {"$objectToArray": f"$breakdown.{_key(category, earnings.session)}"}
    competes = [] if earnings.left_out is None else [{"$match": {"given.k": {"$ne": earnings.left_out}}}]
    return [
        {"$project": {"_id": 0, "given": entries}},
        {"$unwind": "$given"},
        *competes,
        # The id stays text: as an ObjectId it would sort the same, and half as many rows a second be made.
        {"$project": {"_id": "$given.k", _field(category): "$given.v.total"}},
    ]


def by_viewer(categories: Iterable[Category]) -> Stage:
    """One row for each viewer."""
    return {"$group": {"_id": "$_id", **{_field(one): {"$sum": f"${_field(one)}"} for one in categories}}}


def with_total(categories: Sequence[Category]) -> Stage:
    """Each row with the sum of those categories that count."""
    return {
        "$addFields": {"total": {"$add": [0, *(f"${_field(one)}" for one in COUNTED if one in categories)]}}
    }


def as_line(categories: Sequence[Category]) -> Stage:
    """What is shown: views with the chat in them, gifts without karaoke and show."""
    given: dict[Category, Any] = {one: f"${_field(one)}" if one in categories else 0 for one in Category}
    if Category.GIFTS in categories:
        given |= {part: f"${_field(part)}" for part in PARTS_OF_GIFTS}
        parts = [given[part] for part in PARTS_OF_GIFTS]
        given[Category.GIFTS] = {"$subtract": [given[Category.GIFTS], {"$add": parts}]}
    given[Category.VIEWS] = {"$add": [given[Category.VIEWS], given[Category.CHAT]]}
    shown = {one.value: {"$add": [value, 0]} for one, value in given.items()}
    return {"$project": {"_id": 0, "id": "$_id", "total": 1, **shown}}


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
    return {"$ifNull": [{"$objectToArray": f"$breakdown.{_key(category, session)}"}, []]}


def _read(earnings: SessionEarnings) -> list[Category]:
    """The categories to be read: those asked for, and with the gifts what is taken out of them."""
    parts = PARTS_OF_GIFTS if Category.GIFTS in earnings.categories else ()
    return [one for one in Category if one in {*earnings.categories, *parts}]


def total_path(category: Category, session: str, viewer: str) -> str:
    """Where in an hour a viewer's diamonds of a category are."""
    return f"breakdown.{_key(category, session)}.{viewer}.total"


def _key(category: Category, session: str) -> str:
    return f"stream:{category}:{session}"


def _field(category: Category) -> str:
    return f"total|diamonds|{category}"
