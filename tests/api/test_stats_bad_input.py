"""Requests to statistics no client should send: each is refused in the one shape and changes no document."""

from collections.abc import Awaitable, Callable

import httpx
import pytest
from bad_requests import Bad
from conftest import HeadersBuilder
from game_world import Json, Store, account, fingerprint
from listening_world import PLAYER, STREAM, Statistics, a_player_event, a_stream_event
from pymongo import MongoClient
from stats_bad_requests import CASES, MEDIA

from app.kit.clock import utc_now
from app.settings import Settings

pytest_plugins = ["listening_fixtures"]

Sender = Callable[[Bad], Awaitable[httpx.Response]]


@pytest.fixture(scope="module")
def filled(mongo: MongoClient[Json], listening_settings: Settings) -> Store:
    """The database behind the service, which nothing may change."""
    return mongo[listening_settings.mongodb_database]


@pytest.fixture(scope="module")
async def send(
    filled: Store, listening_client: httpx.AsyncClient, player: HeadersBuilder, service: HeadersBuilder
) -> Sender:
    """One service for the whole table, with an event of each kind."""
    callers = {"player": player(account(1)), "service": service(account(9))}
    statistics = Statistics(listening_client, service, filled)
    await statistics.ingest(STREAM, a_stream_event(path="/stored"))
    await statistics.ingest(PLAYER, a_player_event())
    await listening_client.put(MEDIA, json={"duration": 180}, headers=service())

    async def send_one(bad: Bad) -> httpx.Response:
        headers = callers[bad.role] | {"content-type": "application/json"} | dict(bad.headers)
        return await listening_client.request(
            bad.method, f"/{bad.path}", content=bad.content, headers=headers
        )

    return send_one


def test_every_case_has_a_name_of_its_own() -> None:
    assert len({bad.name for bad in CASES}) == len(CASES)


@pytest.mark.parametrize("bad", CASES, ids=lambda bad: bad.name)
async def test_bad_input_is_refused_and_changes_nothing(send: Sender, filled: Store, bad: Bad) -> None:
    before = fingerprint(filled)

    answer = await send(bad)

    assert answer.status_code == bad.status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert {"type", "title", "status", "detail", "instance"} <= answer.json().keys()
    assert fingerprint(filled) == before


async def test_refusals_say_where_and_come_quickly(send: Sender) -> None:
    unfit = [bad for bad in CASES if bad.status == 422]
    started = utc_now()
    answers = [await send(bad) for bad in unfit]

    assert all(
        "pointer" in fault or "parameter" in fault for answer in answers for fault in answer.json()["errors"]
    )
    assert (utc_now() - started).total_seconds() < 0.02 * len(unfit)
