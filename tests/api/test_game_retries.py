"""Idempotency keys, at one process and at two."""

from collections.abc import AsyncIterator, Collection

import httpx
import pytest
from conftest import HeadersBuilder
from definition_builders import without
from game_world import Json, Store, World, a_board, a_key, fingerprint, problem_of, together
from lifespan import running

from app.game.enrollments import read_enrollments
from app.main import create_app
from app.settings import Settings

pytest_plugins = ["game_fixtures"]


async def test_a_retry_gets_the_first_answer_with_its_rank(world: World) -> None:
    await world.define(a_board())
    key = a_key()
    first = await world.score(1, 5, key=key)
    await world.score(2, 50)

    assert await world.score(1, 5, key=key) == first


async def test_a_retry_changes_nothing(world: World, store: Store) -> None:
    await world.define(a_board())
    key = a_key()
    await world.score(1, 5, key=key)
    await world.score(1, 7)
    before = fingerprint(store)

    await world.score(1, 5, key=key)

    assert fingerprint(store) == before


async def test_a_retry_without_a_representation_says_that_it_is_done(world: World) -> None:
    await world.define(a_board())
    key = a_key()

    answers = [await world.send(1, 5, key=key) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [204, 204]


async def test_a_key_with_another_body_is_refused(world: World, store: Store) -> None:
    await world.define(a_board())
    key = a_key()
    await world.score(1, 5, key=key)
    before = fingerprint(store)

    answer = await world.send(1, 6, key=key)

    assert problem_of(answer) == (422, "idempotency-key-reused")
    assert fingerprint(store) == before


async def test_two_at_once_with_one_key_count_once(world: World, store: Store) -> None:
    await world.define(a_board())
    key = a_key()

    answers = await together(*(world.send(1, 5, key=key) for _ in range(2)))

    assert [(entry["score"], entry["version"]) for entry in store["entries"].find()] == [(5, 1)]
    assert {answer.status_code for answer in answers} <= {204, 409}
    assert any(answer.status_code == 204 for answer in answers)


async def test_a_key_is_its_callers_own(world: World) -> None:
    await world.define(a_board())
    key = a_key()
    await world.score(1, 5, key=key)

    assert (await world.score(2, 6, key=key))["score"] == 6


async def test_a_refused_request_does_not_use_up_its_key(world: World) -> None:
    key = a_key()
    await world.send(1, 5, key=key)
    await world.define(a_board())

    assert (await world.score(1, 5, key=key))["score"] == 5


async def test_a_key_that_is_no_plain_text_is_refused(world: World, store: Store) -> None:
    await world.define(a_board())
    before = fingerprint(store)

    answer = await world.send(1, 5, key="a b")

    assert (answer.status_code, fingerprint(store)) == (422, before)


@pytest.fixture
async def two_worlds(
    settings: Settings, player: HeadersBuilder, admin: HeadersBuilder, service: HeadersBuilder
) -> AsyncIterator[tuple[World, World]]:
    """Two processes of the service on one database; the one started last is stopped last."""
    apps = [create_app(settings), create_app(settings)]
    lives = [running(app) for app in apps]
    clients = [
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://laurel") for app in apps
    ]
    for life in lives:
        await life.__aenter__()
    first, second = (World(client, player, admin, service) for client in clients)
    yield first, second
    for client, life in zip(clients, lives, strict=True):
        await client.aclose()
        await life.__aexit__(None, None, None)


async def test_a_retry_at_another_process_gets_the_first_answer(two_worlds: tuple[World, World]) -> None:
    one, other = two_worlds
    await one.define(a_board())
    key = a_key()
    first = await one.score(1, 5, key=key)

    assert await other.score(1, 5, key=key) == first


async def test_one_key_at_once_at_two_processes_counts_once(
    two_worlds: tuple[World, World], store: Store
) -> None:
    await two_worlds[0].define(a_board())
    for number in range(1, 11):
        key = a_key()
        first, second = await together(*(world.score(number, 5, key=key) for world in two_worlds))
        assert without(first, "rank") == without(second, "rank")

    assert [(entry["score"], entry["version"]) for entry in store["entries"].find()] == [(5, 1)] * 10


async def test_scores_of_one_player_at_two_processes_all_count(
    two_worlds: tuple[World, World], store: Store
) -> None:
    await two_worlds[0].define(a_board())

    answers = await together(*(world.score(1, 1) for world in two_worlds for _ in range(50)))

    assert sorted(answer["version"] for answer in answers) == list(range(1, 101))
    assert [entry["score"] for entry in store["entries"].find()] == [100]


async def test_a_player_whom_another_process_is_placing_scores_all_the_same(
    two_worlds: tuple[World, World], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = two_worlds
    await one.define(a_board())
    await one.score(1, 5)
    readings: list[object] = []

    async def read_just_before(*wanted: Collection[str]) -> list[Json]:
        """What the first reading finds a moment before the player is placed."""
        readings.append(wanted)
        return [] if len(readings) == 1 else await read_enrollments(*wanted)

    monkeypatch.setattr("app.game.players.read_enrollments", read_just_before)

    assert (await other.score(1, 7))["score"] == 12


async def test_newcomers_at_two_processes_overfill_no_shard(
    two_worlds: tuple[World, World], store: Store
) -> None:
    await two_worlds[0].define(a_board(players=5))

    await together(*(two_worlds[number % 2].score(number, 1) for number in range(1, 51)))

    assert [shard["seats"] for shard in store["shards"].find()] == [5] * 10
