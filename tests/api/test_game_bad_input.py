"""Requests no client should send: each is refused in the one shape, quickly, and changes no document."""

import json
from collections.abc import AsyncIterator, Iterator
from typing import Protocol

import httpx
import pytest
from conftest import SECRET, HeadersBuilder
from game_bad_requests import CASES, ENTERED, Bad, set_scores
from game_world import BOARD, Json, Store, World, a_board, account, fingerprint
from lifespan import running
from pymongo import MongoClient

from app.kit.clock import utc_now
from app.main import create_app
from app.settings import Settings

DATABASE = "test_bad_input"


class Sender(Protocol):
    """Sends one case."""

    async def __call__(self, bad: Bad) -> httpx.Response: ...


@pytest.fixture(scope="module")
def store(mongo: MongoClient[Json]) -> Iterator[Store]:
    mongo.drop_database(DATABASE)
    yield mongo[DATABASE]
    mongo.drop_database(DATABASE)


@pytest.fixture(scope="module")
async def send(
    store: Store,
    mongodb_uri: str,
    redis_url: str,
    player: HeadersBuilder,
    service: HeadersBuilder,
    admin: HeadersBuilder,
) -> AsyncIterator[Sender]:
    """One service for the whole table, with a leaderboard and an entered player; nothing may change it."""
    settings = Settings(
        environment="test",
        mongodb_uri=mongodb_uri,
        mongodb_database=store.name,
        redis_url=redis_url,
        jwt_secret=SECRET,
    )
    app = create_app(settings)
    callers = {"player": player(account(ENTERED)), "service": service(account(9)), "admin": admin()}
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with running(app), httpx.AsyncClient(transport=transport, base_url="http://laurel") as client:
        world = World(client, player, admin, service)
        await world.define(a_board(tiers=3))
        await world.score(ENTERED, 5)

        async def send_one(bad: Bad) -> httpx.Response:
            headers = callers[bad.role] | {"content-type": "application/json"} | dict(bad.headers)
            url = f"/leaderboard/{bad.path}"
            return await client.request(bad.method, url, content=bad.content, headers=headers)

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
    assert answer.json()["status"] == bad.status
    assert fingerprint(store) == before


@pytest.mark.parametrize("bad", [bad for bad in CASES if bad.status == 422], ids=lambda bad: bad.name)
async def test_a_refusal_says_where_and_never_repeats_what_was_sent(send: Sender, bad: Bad) -> None:
    told = (await send(bad)).json()

    assert all("pointer" in fault or "parameter" in fault for fault in told["errors"])
    assert "are\u200bna" not in json.dumps(told, ensure_ascii=False)


async def test_a_sum_past_the_highest_score_is_refused(send: Sender, store: Store) -> None:
    highest = 2**53 - 1
    await send(Bad("set", "PATCH", "admin/scores", set_scores(highest), role="admin"))
    before = fingerprint(store)

    answer = await send(Bad("sum", "PATCH", "score", {"score": 1, "leaderboardId": BOARD}))

    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/score-overflow")
    assert fingerprint(store) == before


async def test_names_of_operators_have_no_effect(send: Sender, store: Store) -> None:
    before = fingerprint(store)
    body = {"score": 0, "leaderboardId": BOARD, "$where": "1", "a.b": 1, "__proto__": {"score": 5}}

    answer = await send(Bad("operators", "PATCH", "score", body))

    assert (answer.status_code, fingerprint(store)) == (204, before)


async def test_a_refusal_is_quick(send: Sender) -> None:
    updates = [bad for bad in CASES if bad.path == "admin/update"]
    started = utc_now()
    for bad in updates:
        await send(bad)

    assert (utc_now() - started).total_seconds() < 0.02 * len(updates)
