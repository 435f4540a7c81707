"""The leaderboard's pipeline stage by stage, on a few hours that can be checked by eye."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from bson import ObjectId
from game_world import Json, Store, account
from pymongo.errors import OperationFailure

from app.aggregations.earnings import (
    Category,
    SessionEarnings,
    by_viewer,
    given_in,
    leaderboard_page,
    ranking,
    streamed,
    totals,
    within,
)
from app.aggregations.stages import Pipeline
from app.earnings.reading import Reads, read_all, read_line, read_page
from app.earnings.rules.parts import MOST_PARTS, parts_with
from app.kit.paging import Page
from app.resources import Resources

pytest_plugins = ["game_fixtures"]

HOUR = timedelta(hours=1)
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
STREAMER, OTHER_STREAMER = ObjectId(), ObjectId()
SESSION, OTHER_SESSION = str(ObjectId()), str(ObjectId())
ANN, BOB, CY, HOUSE = (account(number) for number in (1, 2, 3, 99))
USUAL = (Category.VIEWS, Category.GIFTS, Category.CHAT)


def asked(categories: Sequence[Category] = USUAL, **fields: Any) -> SessionEarnings:
    usual: dict[str, Any] = {"first": NOON, "last": None, "left_out": HOUSE}
    return SessionEarnings(STREAMER, SESSION, categories=tuple(categories), **{**usual, **fields})


def keep(
    store: Store, time: datetime, given: dict[str, dict[str, int]], *, session: str = SESSION, **fields: Any
) -> None:
    """An hour, or a part of one: diamonds by viewer by category."""
    breakdown = {
        f"stream:{category}:{session}": {viewer: {"total": of} for viewer, of in viewers.items()}
        for category, viewers in given.items()
    }
    store["earnings"].insert_one(
        {"user": STREAMER, "time": time, "breakdown": breakdown, "revenue": 0, **fields}
    )


@pytest.fixture
def hours(store: Store) -> Store:
    """Ann and Bob over two hours, the second in two parts; and what does not belong here."""
    keep(store, NOON, {"views": {ANN: 5}, "gifts": {ANN: 100, HOUSE: 900}, "karaoke": {ANN: 30}})
    keep(store, NOON + HOUR, {"chat": {ANN: 10, BOB: 4}}, part=0)
    keep(store, NOON + HOUR, {"gifts": {BOB: 7, CY: 11}, "show": {BOB: 2}, "exclusive": {BOB: 50}}, part=1)
    keep(store, NOON - HOUR, {"gifts": {ANN: 1_000}})
    keep(store, NOON, {"gifts": {ANN: 1_000}}, session=OTHER_SESSION, part=7)
    keep(store, NOON, {"gifts": {ANN: 1_000}}, user=OTHER_STREAMER)
    return store


def run(store: Store, stages: Pipeline) -> list[Json]:
    return list(store["earnings"].aggregate(stages))


def by_id(rows: Sequence[Json]) -> dict[str, Json]:
    return {row["_id"]: {name: of for name, of in row.items() if name != "_id"} for row in rows}


def test_the_window_has_hours_from_first_to_last(hours: Store) -> None:
    until_noon = run(hours, [within(asked(last=NOON + HOUR / 2))])
    from_noon = run(hours, [within(asked())])

    assert {row["time"] for row in until_noon} == {NOON}
    assert {row["time"] for row in from_noon} == {NOON, NOON + HOUR}


def test_a_category_is_a_row_for_each_entry_without_who_does_not_compete(hours: Store) -> None:
    rows = run(hours, [within(asked()), *given_in(asked(), Category.GIFTS)])

    assert sorted(row.items() for row in map(dict, rows)) == sorted(
        {"_id": viewer, "total|diamonds|gifts": of}.items() for viewer, of in ((ANN, 100), (BOB, 7), (CY, 11))
    )


def test_nobody_is_left_out_unless_it_is_said(hours: Store) -> None:
    asked_for = asked(left_out=None)
    rows = run(hours, [within(asked_for), *given_in(asked_for, Category.GIFTS)])

    assert HOUSE in {row["_id"] for row in rows}


def test_rows_of_a_viewer_are_added_up(store: Store) -> None:
    rows = [{"_id": ANN, "total|diamonds|views": 2}, {"_id": ANN, "total|diamonds|views": 3}, {"_id": BOB}]
    summed = store.aggregate([{"$documents": rows}, by_viewer([Category.VIEWS])])

    assert by_id(list(summed)) == {ANN: {"total|diamonds|views": 5}, BOB: {"total|diamonds|views": 0}}


def test_a_viewer_is_a_row_with_karaoke_and_show_beside_gifts(hours: Store) -> None:
    given = {
        viewer: {name.rpartition("|")[2]: of for name, of in row.items() if of}
        for viewer, row in by_id(run(hours, streamed(asked()))).items()
    }

    assert given == {
        ANN: {"views": 5, "gifts": 100, "karaoke": 30, "chat": 10},
        BOB: {"chat": 4, "gifts": 7, "show": 2},
        CY: {"gifts": 11},
    }


@pytest.mark.parametrize(
    ("categories", "totals_by_viewer"),
    [
        (USUAL, {ANN: 115, BOB: 11, CY: 11}),
        (tuple(Category), {ANN: 115, BOB: 61, CY: 11}),
        ((Category.VIEWS,), {ANN: 5}),
        ((Category.CHAT, Category.SHOW), {ANN: 10, BOB: 4}),
        ((Category.KARAOKE, Category.SHOW), {ANN: 0, BOB: 0}),
    ],
)
def test_whoever_gave_in_what_is_asked_for_ranks_by_what_counts(
    hours: Store, categories: Sequence[Category], totals_by_viewer: dict[str, int]
) -> None:
    ranked = by_id(run(hours, ranking(asked(categories))))

    assert {viewer: row["total"] for viewer, row in ranked.items()} == totals_by_viewer


def test_whoever_does_not_compete_has_no_rank_unless_nobody_is_left_out(hours: Store) -> None:
    assert HOUSE not in by_id(run(hours, ranking(asked())))
    assert HOUSE in by_id(run(hours, ranking(asked(left_out=None))))


def test_a_page_says_who_is_on_it_and_counts_all(hours: Store) -> None:
    (row,) = run(hours, leaderboard_page(asked(), skip=1, limit=1))

    assert row == {"page": [{"_id": BOB, "total": 11}], "viewers": [{"count": 3}]}


def test_a_page_of_nothing_counts_nothing(store: Store) -> None:
    assert run(store, leaderboard_page(asked(), skip=0, limit=5)) == [{"page": [], "viewers": []}]


@pytest.mark.usefixtures("resources", "hours")
async def test_lines_are_as_they_are_shown_and_only_those_that_are_wanted() -> None:
    page = await read_page(asked(), Reads.PRIMARY, Page(2, 1))
    last = await read_page(asked(), Reads.PRIMARY, Page(3, 1))

    nothing = {"views": 0, "gifts": 0, "chat": 0, "exclusive": 0, "karaoke": 0, "show": 0}
    bob = {**nothing, "id": BOB, "total": 11, "views": 4, "chat": 4, "gifts": 5, "show": 2}
    cy = {**nothing, "id": CY, "total": 11, "gifts": 11}
    assert [*page.lines, *last.lines] == [bob, cy]


@pytest.mark.usefixtures("resources", "hours")
async def test_the_whole_leaderboard_is_all_its_pages() -> None:
    everything = asked(tuple(Category))
    pages = [await read_page(everything, Reads.PRIMARY, Page(number, 2)) for number in (1, 2, 3)]

    whole = [line async for line in read_all(everything, Reads.PRIMARY)]

    assert whole == [line for page in pages for line in page.lines]
    assert [line["total"] for line in whole] == [115, 61, 11]
    assert {page.total for page in pages} == {3}


def test_equal_totals_are_counted_together(hours: Store) -> None:
    assert run(hours, totals(asked())) == [{"_id": 115, "viewers": 1}, {"_id": 11, "viewers": 2}]


@pytest.mark.usefixtures("resources")
async def test_one_line_is_found_in_the_parts_it_may_be_in_and_where_there_are_none(store: Store) -> None:
    mine, others = parts_with(ANN), sorted(set(range(MOST_PARTS)) - set(parts_with(ANN)))
    keep(store, NOON, {"gifts": {ANN: 1}})
    keep(store, NOON + HOUR, {"gifts": {ANN: 10}}, part=mine[-1])
    keep(store, NOON + HOUR, {"gifts": {BOB: 100}}, part=mine[0])
    keep(store, NOON + 2 * HOUR, {"gifts": {ANN: 1_000}}, part=others[0])

    line = await read_line(asked(), Reads.PRIMARY, ANN)

    assert line is not None
    assert line["total"] == 11


@pytest.mark.usefixtures("resources", "hours")
async def test_who_gave_nothing_has_no_line() -> None:
    assert await read_line(asked(), Reads.PRIMARY, account(50)) is None


async def test_a_page_fits_where_all_entries_in_one_document_would_not(
    resources: Resources, hours: Store
) -> None:
    assert resources
    keep(hours, NOON, {"chat": {account(viewer): 1 for viewer in range(100, 150)}}, part=3)
    branch = [within(asked()), {"$facet": {"gifts": given_in(asked(), Category.CHAT)}}]
    hours.client.admin.command("setParameter", 1, internalQueryFacetMaxOutputDocSizeBytes=6_000)
    try:
        with pytest.raises(OperationFailure, match="facet"):
            run(hours, branch)
        found = await read_page(asked(), Reads.PRIMARY, Page(1, 3))
    finally:
        hours.client.admin.command(
            "setParameter", 1, internalQueryFacetMaxOutputDocSizeBytes=100 * 1024 * 1024
        )

    assert ([line["id"] for line in found.lines], found.total) == ([ANN, BOB, CY], 53)
