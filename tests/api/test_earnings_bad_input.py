"""Requests about earnings no client should send: each is refused in the one shape and changes no document."""

from collections.abc import AsyncIterator

import pytest
from bad_requests import Bad, Sender, assert_quick, assert_refused, assert_says_where, sending
from bson import ObjectId
from conftest import HeadersBuilder
from earnings_bad_requests import CASES, EVENT, SESSION, posted
from game_world import Json, Store, account, fingerprint
from livestream_world import stored_session
from pymongo import MongoClient

from app.kit.clock import utc_now
from app.settings import Settings

UNFIT = [bad for bad in CASES if bad.status == 422]


@pytest.fixture(scope="module")
def store(mongo: MongoClient[Json], module_settings: Settings) -> Store:
    return mongo[module_settings.mongodb_database]


@pytest.fixture(scope="module")
async def send(
    module_settings: Settings, store: Store, player: HeadersBuilder, service: HeadersBuilder
) -> AsyncIterator[Sender]:
    """One service for the whole table, with a session of user 1; nothing may change it."""
    callers = {"player": player(account(1)), "service": service(account(9))}
    async with sending(module_settings, callers) as sender:
        stored_session(store, 1, _id=ObjectId(SESSION), statuses__started=utc_now())
        yield sender


def test_every_case_has_a_name_of_its_own() -> None:
    assert len({bad.name for bad in CASES}) == len(CASES)


@pytest.mark.parametrize("bad", CASES, ids=lambda bad: bad.name)
async def test_bad_input_is_refused_and_changes_nothing(send: Sender, store: Store, bad: Bad) -> None:
    before = fingerprint(store)

    answer = await send(bad)

    assert_refused(answer, bad.status)
    assert fingerprint(store) == before


@pytest.mark.parametrize("bad", UNFIT, ids=lambda bad: bad.name)
async def test_a_refusal_says_where(send: Sender, bad: Bad) -> None:
    assert_says_where(await send(bad))


async def test_refusals_are_quick(send: Sender) -> None:
    await assert_quick(send, UNFIT)


async def test_what_all_of_them_are_spoilt_from_is_taken(send: Sender) -> None:
    answer = await send(Bad("good", "POST", "earnings", posted(EVENT), 200, role="service"))

    assert answer.json() == {"applied": 1, "duplicate": 0}
