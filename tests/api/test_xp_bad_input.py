"""Requests to XP nobody should send: each is refused in the one shape and changes no document."""

from collections.abc import AsyncIterator, Iterator

import pytest
from bad_requests import Bad, Sender, assert_quick, assert_refused, assert_says_where, sending
from conftest import ACCOUNT, SECRET, HeadersBuilder
from game_world import Json, Store, fingerprint
from pymongo import MongoClient
from xp_bad_requests import CASES, NO_ID_TEXTS, asked, bad_questions
from xp_builders import stored_photo, stored_user

from app.settings import Settings

DATABASE = "test_xp_bad_input"
QUESTIONS = [bad for bad in bad_questions() if bad.path.startswith("leaderboard?") and bad.status == 422]


@pytest.fixture(scope="module")
def store(mongo: MongoClient[Json]) -> Iterator[Store]:
    mongo.drop_database(DATABASE)
    yield mongo[DATABASE]
    mongo.drop_database(DATABASE)


@pytest.fixture(scope="module")
async def send(
    store: Store, mongodb_uri: str, redis_url: str, player: HeadersBuilder, service: HeadersBuilder
) -> AsyncIterator[Sender]:
    """One service for the whole table, with a user and a photo; nothing may change them."""
    settings = Settings(
        environment="test",
        mongodb_uri=mongodb_uri,
        mongodb_database=store.name,
        redis_url=redis_url,
        jwt_secret=SECRET,
    )
    callers = {"player": player("1"), "account": player(ACCOUNT), "service": service()}
    async with sending(settings, callers, "/api/") as sender:
        stored_user(store, 1)
        stored_photo(store, 1)
        yield sender


def test_every_case_has_a_name_of_its_own() -> None:
    assert len({bad.name for bad in CASES}) == len(CASES)


@pytest.mark.parametrize("bad", CASES, ids=lambda bad: bad.name)
async def test_bad_input_is_refused_and_changes_nothing(send: Sender, store: Store, bad: Bad) -> None:
    before = fingerprint(store)

    answer = await send(bad)

    assert_refused(answer, bad.status)
    assert fingerprint(store) == before


@pytest.mark.parametrize("bad", QUESTIONS, ids=lambda bad: bad.name)
async def test_a_refused_question_also_says_so_in_the_leaderboards_own_words(send: Sender, bad: Bad) -> None:
    answer = (await send(bad)).json()

    assert answer["success"] is False
    assert answer["msg"] == answer["detail"]


@pytest.mark.parametrize("wrong", NO_ID_TEXTS)
async def test_a_refusal_says_where(send: Sender, wrong: str) -> None:
    assert_says_where(await send(asked("", locationType="country", locationId=wrong)))


async def test_refusals_come_quickly(send: Sender) -> None:
    await assert_quick(send, CASES[:50])
