"""When Redis forgets, goes back in time or is another one, the index says so and never errs."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from board_builders import account, line, new_board_id, opened_index, ready_board, until_it_answers
from redis.asyncio import Redis

from app.dev.servers import Server, start_redis
from app.ranking.errors import RankIndexAway
from app.ranking.index import RankIndex
from app.ranking.keys import board_keys

#: A replica need not wait for a second one.
AT_ONCE = ("--repl-diskless-sync-delay", "0")


@pytest.fixture(scope="module")
def own_redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that these tests may break."""
    server = start_redis(tmp_path_factory.mktemp("broken-redis"), options=AT_ONCE)
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


async def test_after_a_flush_nobody_gets_a_view(index: RankIndex, redis: Redis, board: str) -> None:
    await redis.flushall()

    assert await index.views([(board, account(1))]) == [None]


async def test_after_a_flush_a_submit_asks_for_the_board(index: RankIndex, redis: Redis, board: str) -> None:
    await redis.flushall()

    assert await index.submit([line(board, 1, 5, version=2)]) == {board}


async def test_a_partial_board_never_looks_whole(index: RankIndex, redis: Redis, board: str) -> None:
    await redis.flushall()
    await index.submit([line(board, 1, 5, version=2)])

    assert await index.top(board, 10) is None


async def test_a_board_that_missed_a_write_cannot_be_opened_as_new(index: RankIndex) -> None:
    board_id = new_board_id()
    await index.submit([line(board_id, 1, 5)])
    await index.open(board_id)

    assert await index.are_ready([board_id]) == [False]


async def test_other_boards_of_the_batch_are_written(index: RankIndex, board: str) -> None:
    missing = new_board_id()

    assert await index.submit([line(missing, 1, 5), line(board, 9, 5)]) == {missing}
    assert await index.ranks([(board, account(9))]) == [3]


async def test_forgotten_scripts_are_sent_again(index: RankIndex, redis: Redis, board: str) -> None:
    await redis.script_flush()

    assert await index.ranks([(board, account(1)), (board, account(2))]) == [1, 2]


async def test_an_evicted_order_is_noticed(index: RankIndex, redis: Redis, board: str) -> None:
    await redis.delete(board_keys(board)[0])

    assert await index.views([(board, account(1))]) == [None]


async def test_a_submit_asks_for_a_board_whose_order_was_evicted(
    index: RankIndex, redis: Redis, board: str
) -> None:
    await redis.delete(board_keys(board)[0])

    assert await index.submit([line(board, 9, 5)]) == {board}


async def test_evicted_lines_are_noticed(index: RankIndex, redis: Redis, board: str) -> None:
    await redis.delete(board_keys(board)[1])

    assert await index.top(board, 10) is None


async def test_lines_of_a_board_that_is_not_ready_are_refused(index: RankIndex) -> None:
    with pytest.raises(RankIndexAway):
        await index.lines_of(new_board_id(), [account(1)])


async def test_a_restored_snapshot_is_not_trusted(
    index: RankIndex, redis: Redis, own_redis: Server, board: str
) -> None:
    await redis.save()
    await index.submit([line(board, 1, 0, version=2)])
    own_redis.kill()
    own_redis.start()

    await redis.connection_pool.disconnect()
    assert await redis.zcard(board_keys(board)[0]) == 3
    assert not await until_it_answers(index, board)


async def test_a_promoted_replica_is_not_trusted(board: str, replica: Server) -> None:
    await wait_for_copy(replica, board)
    async with opened_index(replica.uri) as promoted, Redis.from_url(replica.uri) as redis:
        await redis.replicaof("NO", "ONE")

        assert await promoted.are_ready([board]) == [False]


async def test_a_primary_that_comes_back_is_not_trusted_with_a_board_that_missed_a_write(
    index: RankIndex, redis: Redis, board: str, replica: Server
) -> None:
    untouched = await ready_board(index)
    await wait_for_copy(replica, untouched)
    async with opened_index(replica.uri) as promoted, Redis.from_url(replica.uri) as other:
        await other.replicaof("NO", "ONE")
        await promoted.submit([line(board, 1, 0, version=2)])
        await redis.replicaof("127.0.0.1", replica.port)
        await wait_for_link(redis)
        await redis.replicaof("NO", "ONE")

    assert await index.are_ready([board, untouched]) == [False, True]


@pytest.fixture
def replica(own_redis: Server, tmp_path: Path) -> Iterator[Server]:
    follow = ["--replicaof", "127.0.0.1", str(own_redis.port), *AT_ONCE]
    server = start_redis(tmp_path, options=follow)
    yield server
    server.kill()


async def wait_for_copy(replica: Server, board_id: str) -> None:
    async with Redis.from_url(replica.uri) as redis:
        while await redis.zcard(board_keys(board_id)[0]) != 3:  # noqa: ASYNC110 # another process
            await asyncio.sleep(0.05)


async def wait_for_link(redis: Redis) -> None:
    while (await redis.info("replication"))["master_link_status"] != "up":  # noqa: ASYNC110 # another process
        await asyncio.sleep(0.05)
