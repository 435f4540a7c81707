"""The diamond leaderboard of a session, made of the hours of its streamer's earnings, stage by stage.

An hour lies in one or more documents `{user, time, part, breakdown: {"stream:CATEGORY:SESSION": {VIEWER:
{total}}}, revenue}`. All but the last stages make rows `{_id: viewer, "total|diamonds|CATEGORY": diamonds}`.

Where `$facet` ends: it answers with one document, which may take 100 MB inside MongoDB, and 16 MB when it
leaves MongoDB. `faceted` puts every entry of every category into that document: 310,000 of them fit, the
620,000 of a session with 200,000 viewers who gave in three categories do not. `streamed` makes the same rows
with `$unionWith`, holds none of them together and has no such end; it reads the documents once for each
category. Nothing but a page and a count leaves the other `$facet`, in `page_and_count`. Adding up by
viewer and sorting may go to disk.
"""

from collections.abc import Callable, Iterable, Sequence
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


class LeaderboardPage(TypedDict):
    """The one row of `leaderboard_page`: a page, and the count of all lines, or nothing for none."""

    lines: list[LeaderboardLine]
    viewers: list[dict[str, int]]


class EqualTotals(TypedDict):
    """A row of `totals`: how many viewers have this total."""

    _id: int
    viewers: int


#: The rows of all viewers before they are in order, in one of two ways.
Form = Callable[[SessionEarnings], Pipeline]


def leaderboard_page(earnings: SessionEarnings, form: Form, *, skip: int, limit: int) -> Pipeline:
    """One page in order, and how long the list is."""
    return [*form(earnings), with_total(earnings.categories), page_and_count(earnings, skip, limit)]


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
        *streamed(earnings),
        with_total(earnings.categories),
        {"$group": {"_id": "$total", "viewers": {"$sum": 1}}},
        {"$sort": {"_id": -1}},
    ]


def line_of(earnings: SessionEarnings, viewer: str, parts: Sequence[int]) -> Pipeline:
    """The line of one viewer, whose diamonds are in these parts; no row for one who has given nothing."""
    read = _read(earnings)
    paths = {one: total_path(one, earnings.session, viewer) for one in read}
    # Whoever wrote an hour as one document numbered no part.
    given: Stage = {
        "part": {"$in": [None, *parts]},
        "$or": [{path: {"$exists": True}} for path in paths.values()],
    }
    return [
        within(earnings),
        {"$match": given},
        {"$project": {"_id": {"$literal": viewer}, **{_field(one): f"${paths[one]}" for one in read}}},
        by_viewer(read),
        with_total(earnings.categories),
        as_line(earnings.categories),
    ]


def faceted(earnings: SessionEarnings) -> Pipeline:
    """The rows of all viewers, every category a branch of one `$facet`."""
    read = _read(earnings)
    return [
        within(earnings),
        {"$facet": {_field(one): given_in(earnings, one) for one in read}},
        {"$project": {"totals": {"$concatArrays": [f"${_field(one)}" for one in read]}}},
        {"$unwind": "$totals"},
        by_viewer(read, row="totals."),
    ]


def streamed(earnings: SessionEarnings) -> Pipeline:
    """The same rows for a session of any size, one category after the other."""
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


def by_viewer(categories: Iterable[Category], row: str = "") -> Stage:
    """One row for each viewer; `row` is where a row's fields are."""
    sums = {_field(one): {"$sum": f"${row}{_field(one)}"} for one in categories}
    return {"$group": {"_id": f"${row}_id", **sums}}


def with_total(categories: Sequence[Category]) -> Stage:
    """Each row with the sum of those categories that count."""
    return {
        "$addFields": {"total": {"$add": [0, *(f"${_field(one)}" for one in COUNTED if one in categories)]}}
    }


def page_and_count(earnings: SessionEarnings, skip: int, limit: int) -> Stage:
    """All rows as one: some of them in order, and how many there are."""
    page = [{"$sort": ORDER}, {"$skip": skip}, {"$limit": limit}, as_line(earnings.categories)]
    return {"$facet": {"lines": page, "viewers": [{"$count": "count"}]}}


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
