"""Pages of boards: lines, size and somebody's place, for all who ask at the same time in one round trip."""

import asyncio
from collections.abc import Iterator

import pytest
from board_builders import account, in_batches, line, opened_index, players, ready_board
from redis.asyncio import Redis

from app.dev.servers import Server, start_redis
from app.ranking.index import Change, Leaders, LeadersOf, RankIndex
from app.ranking.keys import board_keys
from app.ranking.rebuild import rebuild

STAMP = "stamp"


@pytest.fixture(scope="module")
def own_redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that nobody else asks anything."""
    server = start_redis(tmp_path_factory.mktemp("redis-of-leaders"))
    yield server
    server.kill()


async def scripts_run(redis_uri: str) -> int:
    async with Redis.from_url(redis_uri) as redis:
        statistics = await redis.info("commandstats")
    return int(statistics.get("cmdstat_evalsha", {"calls": 0})["calls"])


async def ask(index: RankIndex, board_id: str, *askers: str) -> list[int | None]:
    """The place of each asker, of all at once."""
    answers = await asyncio.gather(
        *(index.leaders([LeadersOf(board_id, 0, 2, asker)], stamp=STAMP) for asker in askers)
    )
    return [leaders.position for (leaders,), _ in answers if leaders is not None]


async def test_everybody_who_asks_at_once_gets_their_own_answer(own_redis: Server) -> None:
    async with opened_index(own_redis.uri) as index:
        board_id = await ready_board(index)

        assert await ask(index, board_id, account(3), account(1), account(3), account(7)) == [2, 0, 2, None]


async def test_what_several_ask_at_once_is_asked_once(own_redis: Server) -> None:
    async with opened_index(own_redis.uri) as index:
        board_id = await ready_board(index)
        await ask(index, board_id, account(3))  # the server knows the scripts from now on
        before = await scripts_run(own_redis.uri)

        await ask(index, board_id, *[account(1)] * 8, account(2))

        of_boards, of_the_stamp = 2, 1
        assert await scripts_run(own_redis.uri) - before == of_boards + of_the_stamp


async def leaders_of(index: RankIndex, board_id: str, known: bytes = b"") -> Leaders:
    (leaders,), _ = await index.leaders([LeadersOf(board_id, 0, 2, account(2), known)], stamp=STAMP)
    assert leaders is not None
    return leaders


async def test_lines_that_are_known_are_not_told_again_but_size_and_place_are(own_redis: Server) -> None:
    async with opened_index(own_redis.uri) as index:
        board_id = await ready_board(index)
        known = await leaders_of(index, board_id)

        again = await leaders_of(index, board_id, known.revision)

        assert (known.size, known.position) == (3, 1)
        assert again == known._replace(window=None)


CHANGES: dict[str, Change] = {
    "a better score": line("", 3, 99, version=2),
    "the same score, later": line("", 1, 20, version=2, last_updated=2_000_000_000_000),
    "a line gone": line("", 1, 20, version=2, present=False),
    "a line that is new": line("", 4, 99),
    "a line outside of what is wanted": line("", 3, 1, version=2),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
async def test_after_any_change_of_the_board_lines_are_told_again(own_redis: Server, change: Change) -> None:
    async with opened_index(own_redis.uri) as index:
        board_id = await ready_board(index)
        known = await leaders_of(index, board_id)

        await index.submit([change._replace(board_id=board_id)])

        assert (await leaders_of(index, board_id, known.revision)).window is not None


async def test_a_write_that_is_too_old_to_change_anything_leaves_lines_known(own_redis: Server) -> None:
    async with opened_index(own_redis.uri) as index:
        board_id = await ready_board(index)
        known = await leaders_of(index, board_id)

        await index.submit(players(board_id, 3))

        assert (await leaders_of(index, board_id, known.revision)).window is None


async def test_a_board_built_anew_is_another_even_if_it_is_as_large(own_redis: Server) -> None:
    async with opened_index(own_redis.uri) as index:
        board_id = await ready_board(index)
        known = await leaders_of(index, board_id)
        others = [line(board_id, number, number) for number in (2, 5, 6)]

        await rebuild(index, board_id, in_batches(others))

        assert (await leaders_of(index, board_id, known.revision)).window is not None


async def test_a_board_that_was_dropped_and_opened_again_is_another(own_redis: Server) -> None:
    async with opened_index(own_redis.uri) as index:
        board_id = await ready_board(index)
        known = await leaders_of(index, board_id)

        await index.drop([board_id])
        await index.open(board_id)
        await index.submit(players(board_id, 3))

        assert (await leaders_of(index, board_id, known.revision)).window is not None


async def test_a_board_that_a_former_release_left_behind_is_not_ready(own_redis: Server) -> None:
    async with opened_index(own_redis.uri) as index, Redis.from_url(own_redis.uri) as redis:
        board_id = await ready_board(index)
        run_id = (await redis.info("server"))["run_id"]
        _, lines, _ = board_keys(board_id)

        await redis.hset(lines, "#state", f"ready:{run_id}")
        await redis.hdel(lines, "#revision")

        (leaders,), _ = await index.leaders([LeadersOf(board_id, 0, 2)], stamp=STAMP)
        assert leaders is None
        assert await index.submit(players(board_id, 3)) == {board_id}
