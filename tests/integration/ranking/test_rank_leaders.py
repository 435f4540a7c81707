"""Pages of boards: lines, size and somebody's place, for all who ask at the same time in one round trip."""

import asyncio
from collections.abc import Iterator

import pytest
from board_builders import account, opened_index, ready_board
from redis.asyncio import Redis

from app.dev.servers import Server, start_redis
from app.ranking.index import LeadersOf, RankIndex

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
