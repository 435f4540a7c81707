"""Requests to livestreams no client should send: each is refused in the one shape and changes no document."""

from collections.abc import AsyncIterator

import pytest
from bad_requests import Bad, Sender, assert_quick, assert_refused, assert_says_where, sending
from bson import ObjectId
from conftest import HeadersBuilder
from game_world import Json, Store, account, fingerprint
from livestream_bad_requests import CASES, SESSION
from livestream_world import Live, stored_session
from pymongo import MongoClient

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
        await Live(sender.http, player, service).tell_user(1, "country:tw")
        stored_session(store, 1, _id=ObjectId(SESSION))
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
