"""While Redis does not serve, the index says so quickly; when it does again, so does the index."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Iterator, Sequence

import pytest
from board_builders import account, line, opened_index, players, ready_board, until_it_answers
from redis.asyncio import Redis

from app.dev.servers import Server, start_redis
from app.ranking.breaker import REST_S
from app.ranking.connection import COMMAND_TIMEOUT_S
from app.ranking.errors import RankIndexAway
from app.ranking.index import Change, RankIndex
from app.ranking.rebuild import rebuild


@pytest.fixture(scope="module")
def own_redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that these tests may break."""
    server = start_redis(tmp_path_factory.mktemp("fragile-redis"))
    yield server
    server.kill()


@pytest.fixture
async def redis(own_redis: Server) -> AsyncIterator[Redis]:
    async with Redis.from_url(own_redis.uri) as client:
        yield client


@pytest.fixture
async def index(own_redis: Server) -> AsyncIterator[RankIndex]:
    async with opened_index(own_redis.uri) as opened:
        yield opened


@pytest.fixture
async def board(index: RankIndex) -> str:
    return await ready_board(index)


async def test_without_a_server_the_index_is_away(index: RankIndex, own_redis: Server, board: str) -> None:
    own_redis.kill()
    try:
        with pytest.raises(RankIndexAway):
            await index.views([(board, account(1))])
    finally:
        own_redis.start()


async def test_an_index_that_is_away_costs_nothing(index: RankIndex, own_redis: Server, board: str) -> None:
    own_redis.kill()
    try:
        with pytest.raises(RankIndexAway):
            await index.are_ready([board])
        began = time.perf_counter()
        for _ in range(100):
            with pytest.raises(RankIndexAway):
                await index.are_ready([board])
    finally:
        own_redis.start()

    assert time.perf_counter() - began < REST_S + 0.2


async def test_a_silent_server_is_given_up_within_a_second(
    index: RankIndex, own_redis: Server, board: str
) -> None:
    assert own_redis.process is not None
    os.kill(own_redis.process.pid, signal.SIGSTOP)
    began = time.perf_counter()
    try:
        with pytest.raises(RankIndexAway):
            await index.are_ready([board])
    finally:
        os.kill(own_redis.process.pid, signal.SIGCONT)

    assert time.perf_counter() - began < 1.5


async def test_the_index_is_back_when_the_server_is(index: RankIndex, own_redis: Server, board: str) -> None:
    own_redis.kill()
    with pytest.raises(RankIndexAway):
        await index.are_ready([board])
    own_redis.start()
    await until_it_answers(index, board)

    again = await ready_board(index)

    assert await index.ranks([(again, account(2))]) == [2]


async def test_a_full_server_refuses_as_away(index: RankIndex, redis: Redis, board: str) -> None:
    await redis.config_set("maxmemory", 1)
    try:
        with pytest.raises(RankIndexAway):
            await index.submit([line(board, 1, 0, version=2)])
    finally:
        await redis.config_set("maxmemory", 0)


async def test_a_refusal_does_not_keep_others_from_asking(index: RankIndex, redis: Redis, board: str) -> None:
    await redis.config_set("maxmemory", 1)
    try:
        with pytest.raises(RankIndexAway):
            await index.submit([line(board, 1, 0, version=2)])

        assert await index.ranks([(board, account(1))]) == [1]
    finally:
        await redis.config_set("maxmemory", 0)


async def test_after_a_refusal_the_connection_is_not_used_again(
    index: RankIndex, redis: Redis, board: str
) -> None:
    before = (await redis.info("stats"))["total_connections_received"]
    await redis.config_set("maxmemory", 1)
    with pytest.raises(RankIndexAway):
        await index.submit([line(board, 1, 0, version=2)])
    await redis.config_set("maxmemory", 0)
    await index.are_ready([board])

    assert (await redis.info("stats"))["total_connections_received"] == before + 1


async def test_a_server_that_stalls_does_not_end_a_rebuild(
    index: RankIndex, own_redis: Server, board: str
) -> None:
    assert own_redis.process is not None
    pid = own_redis.process.pid

    async def interrupted() -> AsyncIterator[Sequence[Change]]:
        yield players(board, 3)[:2]
        os.kill(pid, signal.SIGSTOP)
        asyncio.get_running_loop().call_later(COMMAND_TIMEOUT_S + 0.2, os.kill, pid, signal.SIGCONT)
        yield players(board, 3)[2:]

    assert await rebuild(index, board, interrupted())
    assert await index.ranks([(board, account(3))]) == [3]


async def test_a_server_that_stays_away_ends_a_rebuild(
    index: RankIndex, own_redis: Server, board: str
) -> None:
    async def interrupted() -> AsyncIterator[Sequence[Change]]:
        own_redis.kill()
        yield players(board, 3)

    try:
        with pytest.raises(RankIndexAway):
            await rebuild(index, board, interrupted())
    finally:
        own_redis.start()


async def test_a_server_that_hides_which_process_it_is_counts_as_away() -> None:
    async def answer_ok(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.read(4096):
            writer.write(b"$2\r\nok\r\n" * 3)
        writer.close()

    async with await asyncio.start_server(answer_ok, "127.0.0.1", 0) as proxy:
        port = proxy.sockets[0].getsockname()[1]
        async with opened_index(f"redis://127.0.0.1:{port}/0") as index:
            with pytest.raises(RankIndexAway):
                await index.are_ready(["b"])


async def test_callers_that_give_up_do_not_mix_up_the_answers_of_others(index: RankIndex, board: str) -> None:
    for wait_s in (0, 0.0001, 0.0002, 0.0005, 0.001) * 20:
        abandoned = asyncio.create_task(index.views([(board, account(1))] * 20))
        await asyncio.sleep(wait_s)
        abandoned.cancel()

        assert await index.ranks([(board, account(3))]) == [3]
