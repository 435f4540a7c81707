"""Requests to statistics no client should send: each is refused in the one shape and changes no document."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

import httpx
import pytest
from conftest import SECRET, HeadersBuilder
from game_bad_requests import Bad
from game_world import Json, Store, account, fingerprint
from lifespan import running
from listening_world import PLAYER, STREAM, Statistics, a_player_event, a_stream_event
from pymongo import MongoClient
from stats_bad_requests import CASES, MEDIA

from app.kit.clock import utc_now
from app.main import create_app
from app.settings import Settings

DATABASE = "test_stats_bad_input"

Sender = Callable[[Bad], Awaitable[httpx.Response]]


@pytest.fixture(scope="module")
def store(mongo: MongoClient[Json]) -> Iterator[Store]:
    mongo.drop_database(DATABASE)
    yield mongo[DATABASE]
    mongo.drop_database(DATABASE)


@pytest.fixture(scope="module")
async def send(
    store: Store, mongodb_uri: str, redis_url: str, player: HeadersBuilder, service: HeadersBuilder
) -> AsyncIterator[Sender]:
    """One service for the whole table, with an event of each kind; nothing may change them."""
    settings = Settings(
        environment="test",
        mongodb_uri=mongodb_uri,
        mongodb_database=store.name,
        redis_url=redis_url,
        jwt_secret=SECRET,
    )
    app = create_app(settings)
    callers = {"player": player(account(1)), "service": service(account(9))}
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with running(app), httpx.AsyncClient(transport=transport, base_url="http://laurel") as client:
        statistics = Statistics(client, service, store)
        await statistics.ingest(STREAM, a_stream_event(path="/stored"))
        await statistics.ingest(PLAYER, a_player_event())
        await client.put(MEDIA, json={"duration": 180}, headers=service())

        async def send_one(bad: Bad) -> httpx.Response:
            headers = callers[bad.role] | {"content-type": "application/json"} | dict(bad.headers)
            return await client.request(bad.method, f"/{bad.path}", content=bad.content, headers=headers)

        yield send_one


def test_every_case_has_a_name_of_its_own() -> None:
    assert len({bad.name for bad in CASES}) == len(CASES)


@pytest.mark.parametrize("bad", CASES, ids=lambda bad: bad.name)
async def test_bad_input_is_refused_and_changes_nothing(send: Sender, store: Store, bad: Bad) -> None:
    before = fingerprint(store)

    answer = await send(bad)

    assert answer.status_code == bad.status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert {"type", "title", "status", "detail", "instance"} <= answer.json().keys()
    assert fingerprint(store) == before


async def test_refusals_say_where_and_come_quickly(send: Sender) -> None:
    unfit = [bad for bad in CASES if bad.status == 422]
    started = utc_now()
    answers = [await send(bad) for bad in unfit]

    assert all(
        "pointer" in fault or "parameter" in fault for answer in answers for fault in answer.json()["errors"]
    )
    assert (utc_now() - started).total_seconds() < 0.02 * len(unfit)
