"""Requests no client should send: each is refused in the one shape, quickly, and changes no document."""

import json
from collections.abc import AsyncIterator

import pytest
from bad_requests import Bad, Sender, assert_quick, assert_refused, assert_says_where, sending
from conftest import HeadersBuilder
from game_bad_requests import CASES, ENTERED, set_scores
from game_world import BOARD, Json, Store, World, a_board, account, fingerprint
from pymongo import MongoClient

from app.settings import Settings


@pytest.fixture(scope="module")
def store(mongo: MongoClient[Json], module_settings: Settings) -> Store:
    return mongo[module_settings.mongodb_database]


@pytest.fixture(scope="module")
async def send(
    module_settings: Settings, player: HeadersBuilder, service: HeadersBuilder, admin: HeadersBuilder
) -> AsyncIterator[Sender]:
    """One service for the whole table, with a leaderboard and an entered player; nothing may change it."""
    callers = {"player": player(account(ENTERED)), "service": service(account(9)), "admin": admin()}
    async with sending(module_settings, callers, "/leaderboard/") as sender:
        world = World(sender.http, player, admin, service)
        await world.define(a_board(tiers=3))
        await world.score(ENTERED, 5)
        yield sender


def test_every_case_has_a_name_of_its_own() -> None:
    assert len({bad.name for bad in CASES}) == len(CASES)


@pytest.mark.parametrize("bad", CASES, ids=lambda bad: bad.name)
async def test_bad_input_is_refused_and_changes_nothing(send: Sender, store: Store, bad: Bad) -> None:
    before = fingerprint(store)

    answer = await send(bad)

    assert_refused(answer, bad.status)
    assert fingerprint(store) == before


@pytest.mark.parametrize("bad", [bad for bad in CASES if bad.status == 422], ids=lambda bad: bad.name)
async def test_a_refusal_says_where_and_never_repeats_what_was_sent(send: Sender, bad: Bad) -> None:
    answer = await send(bad)

    assert_says_where(answer)
    assert "are\u200bna" not in json.dumps(answer.json(), ensure_ascii=False)


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


async def test_refusals_are_quick(send: Sender) -> None:
    await assert_quick(send, [bad for bad in CASES if bad.path == "admin/update"])
