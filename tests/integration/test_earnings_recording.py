"""Recording: what is stored, several processes at once, hours that grow."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from bson import ObjectId
from game_world import Json, Store, account
from livestream_world import stored_session
from pymongo.errors import OperationFailure

from app.aggregations.earnings import Category, SessionEarnings
from app.earnings import ledger
from app.earnings.errors import UnfitEarnings
from app.earnings.reading import Reads, read_line, read_page
from app.earnings.recording import MOST_EVENTS, Recording
from app.earnings.rules.earning import Earning
from app.earnings.rules.windows import hour_of
from app.kit.clock import utc_now
from app.kit.paging import Page
from app.livestream.session_reading import streamers_of
from app.resources import Resources
from app.storage import transactions

pytest_plugins = ["game_fixtures"]

NUMBERS = count()


@pytest.fixture
def session(store: Store) -> Json:
    return stored_session(store, statuses__started=utc_now())


@pytest.fixture
def recording(resources: Resources) -> Recording:
    return resources.earnings.recording


@pytest.fixture
async def others(resources: Resources) -> AsyncIterator[list[Recording]]:
    """As other processes have them."""
    assert resources
    opened = [Recording(streamers_of, lambda _: None) for _ in range(3)]
    yield opened
    for one in opened:
        await one.aclose()


def an_earning(of: Json, viewer: int = 7, **fields: Any) -> Earning:
    usual: dict[str, Any] = {
        "event_id": f"event-{next(NUMBERS)}",
        "streamer": of["user"],
        "session": of["_id"],
        "viewer": ObjectId(account(viewer)),
        "category": Category.GIFTS,
        "diamonds": 1,
        "time": utc_now(),
    }
    return Earning(**{**usual, **fields})


def revenue(store: Store) -> int:
    return sum(hour["revenue"] for hour in store["earnings"].find())


def earnings_of(session: Json, *categories: Category) -> SessionEarnings:
    first = hour_of(session["statuses"]["started"])
    return SessionEarnings(session["user"], str(session["_id"]), first, None, categories or (Category.GIFTS,))


async def test_an_hour_is_stored_as_its_readers_know_it(
    recording: Recording, store: Store, session: Json
) -> None:
    earning = an_earning(session, category=Category.SHOW, diamonds=9)
    await recording.record([earning], now=utc_now())

    (hour,) = store["earnings"].find({}, {"_id": 0})

    assert hour == {
        "user": session["user"],
        "time": hour_of(earning.time),
        "part": 0,
        "breakdown": {
            f"stream:show:{session['_id']}": {account(7): {"total": 9}},
            f"stream:gifts:{session['_id']}": {account(7): {"total": 9}},
        },
        "revenue": 9,
    }


async def test_what_was_given_in_another_hour_counts_there(
    recording: Recording, store: Store, session: Json
) -> None:
    now = utc_now()
    earnings = [an_earning(session, time=now - timedelta(hours=ago)) for ago in (0, 5, 30)]
    await recording.record(earnings, now=now)

    assert {hour["time"] for hour in store["earnings"].find()} == {hour_of(one.time) for one in earnings}


async def test_every_fault_is_told_with_its_place(recording: Recording, store: Store, session: Json) -> None:
    now = utc_now()
    earnings = [
        an_earning(session),
        an_earning(session, session=ObjectId()),
        an_earning(session, streamer=ObjectId(account(99)), time=now + timedelta(minutes=2)),
    ]
    with pytest.raises(UnfitEarnings) as refused:
        await recording.record(earnings, now=now)

    assert [problem.pointer for problem in refused.value.problems] == [
        "/events/1/session_id",
        "/events/2/streamer_id",
        "/events/2/time",
    ]
    assert store["earnings"].count_documents({}) == 0


async def test_the_same_events_from_several_processes_at_once_count_once(
    others: list[Recording], store: Store, session: Json
) -> None:
    earnings = [an_earning(session, viewer) for viewer in range(20)]

    answers = await asyncio.gather(*(one.record(earnings, now=utc_now()) for one in others for _ in range(4)))

    assert sum(answer.applied for answer in answers) == 20
    assert sum(answer.duplicate for answer in answers) == 11 * 20
    assert revenue(store) == 20


async def test_many_requests_of_several_processes_for_one_streamer_are_all_counted(
    others: list[Recording], store: Store, session: Json
) -> None:
    calls = [
        one.record([an_earning(session, number % 5, diamonds=2)], now=utc_now())
        for number in range(60)
        for one in others
    ]

    answers = await asyncio.gather(*calls)

    assert {(answer.applied, answer.duplicate) for answer in answers} == {(1, 0)}
    assert revenue(store) == 2 * len(calls)


async def test_requests_with_more_events_than_share_a_transaction_are_stored_in_several(
    recording: Recording, store: Store, session: Json
) -> None:
    each = MOST_EVENTS // 4
    calls = [[an_earning(session, number) for number in range(each)] for _ in range(6)]

    answers = await asyncio.gather(*(recording.record(call, now=utc_now()) for call in calls))

    assert [answer.applied for answer in answers] == [each] * 6
    assert revenue(store) == 6 * each


async def test_one_whose_commit_nobody_heard_of_is_told_what_it_has_added(
    recording: Recording, store: Store, session: Json, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = an_earning(session)
    await recording.record([known], now=utc_now())
    unheard = committed_unheard(transactions.in_transaction)
    monkeypatch.setattr(ledger, "in_transaction", unheard)

    answer = await recording.record([known, an_earning(session), an_earning(session)], now=utc_now())

    assert (answer.applied, answer.duplicate) == (2, 1)
    assert revenue(store) == 3


def committed_unheard(in_transaction: Any) -> Any:
    """The same, whose first commit is done and not told: the act is run again then."""

    async def twice(act: Any, **more: Any) -> Any:
        await in_transaction(act, **more)
        return await in_transaction(act, **more)

    return twice


async def test_a_busy_hour_is_spread_over_parts_and_adds_up(
    recording: Recording, store: Store, session: Json
) -> None:
    viewers = range(6_000)
    for first in range(0, len(viewers), 1_000):
        batch = [an_earning(session, viewer) for viewer in viewers[first : first + 1_000]]
        await recording.record(batch, now=utc_now())
    await recording.record([an_earning(session, 3, diamonds=10)], now=utc_now())
    sizes = [
        row["size"] for row in store["earnings"].aggregate([{"$project": {"size": {"$bsonSize": "$$ROOT"}}}])
    ]

    found = await read_page(earnings_of(session), Reads.PRIMARY, Page(1, 2))
    own = await read_line(earnings_of(session), Reads.PRIMARY, account(3))

    assert len(sizes) > 2
    assert max(sizes) < 256 * 1024
    assert (found.total, found.lines[0]["total"], found.lines[1]["total"]) == (6_000, 11, 1)
    assert own == found.lines[0]


async def test_what_mongodb_refuses_reaches_those_who_sent_it(
    recording: Recording, store: Store, session: Json
) -> None:
    store["earnings"].insert_one(
        {"user": session["user"], "time": hour_of(utc_now()), "part": 0, "breakdown": 5, "revenue": 0}
    )

    with pytest.raises(OperationFailure):
        await recording.record([an_earning(session)], now=utc_now())

    assert store["earning_events"].count_documents({}) == 0
