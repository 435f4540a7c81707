"""A board is built beside everybody who writes to it, by one builder at a time."""

import asyncio
from collections.abc import AsyncIterator, Sequence

import pytest
from board_builders import account, in_batches, line, new_board_id, opened_index, players, ranked
from redis.asyncio import Redis

from app.ranking.index import Change, RankIndex
from app.ranking.keys import board_keys
from app.ranking.rebuild import rebuild


@pytest.fixture
async def index(redis_url: str) -> AsyncIterator[RankIndex]:
    async with opened_index(redis_url) as opened:
        yield opened


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    async with Redis.from_url(redis_url) as client:
        yield client


@pytest.fixture
def board() -> str:
    return new_board_id()


class Reading:
    """Batches that wait in the middle until a test lets them go on."""

    def __init__(self, *batches: Sequence[Change]) -> None:
        self._batches = batches
        self.begun = asyncio.Event()
        self.go_on = asyncio.Event()

    async def __aiter__(self) -> AsyncIterator[Sequence[Change]]:
        for at, batch in enumerate(self._batches):
            yield batch
            if at == 0:
                self.begun.set()
                await self.go_on.wait()


async def begun(index: RankIndex, board_id: str, reading: Reading) -> asyncio.Task[bool]:
    """A rebuild that stands still after its first batch."""
    building = asyncio.create_task(rebuild(index, board_id, aiter(reading)))
    await reading.begun.wait()
    return building


async def test_a_built_board_is_whole(index: RankIndex, board: str) -> None:
    built = await rebuild(index, board, in_batches(players(board, 2100)))

    assert built
    assert await index.top(board, 3000) == ranked(players(board, 2100))


async def test_a_board_without_lines_can_be_built(index: RankIndex, board: str) -> None:
    built = await rebuild(index, board, in_batches([]))

    assert (built, await index.top(board, 5)) == (True, [])


async def test_a_rebuild_forgets_what_was_wrong(index: RankIndex, board: str) -> None:
    await index.open(board)
    await index.submit([line(board, 9, 999, version=50)])
    await rebuild(index, board, in_batches(players(board, 3)))

    assert await index.top(board, 5) == ranked(players(board, 3))


async def test_a_board_being_built_answers_nobody(index: RankIndex, board: str) -> None:
    reading = Reading(players(board, 3), [])
    building = await begun(index, board, reading)

    views = await index.views([(board, account(1))])
    reading.go_on.set()
    await building

    assert views == [None]


async def test_a_board_being_built_takes_writes(index: RankIndex, board: str) -> None:
    reading = Reading([], players(board, 3))
    building = await begun(index, board, reading)

    wanted = await index.submit([line(board, 2, 999, version=2), line(board, 8, 0)])
    reading.go_on.set()
    await building

    assert not wanted
    assert await index.ranks([(board, account(number)) for number in (1, 2, 3, 8)]) == [2, 1, 3, 3]


async def test_a_line_removed_while_building_stays_removed(index: RankIndex, board: str) -> None:
    reading = Reading([], players(board, 3))
    building = await begun(index, board, reading)

    await index.submit([line(board, 2, 0, version=2, present=False)])
    reading.go_on.set()
    await building

    assert [one.account_id for one in await index.top(board, 5) or []] == [account(1), account(3)]


async def test_a_second_builder_leaves_the_board_to_the_first(index: RankIndex, board: str) -> None:
    reading = Reading(players(board, 3), [])
    building = await begun(index, board, reading)

    second = await rebuild(index, board, in_batches([]))
    reading.go_on.set()

    assert (second, await building) == (False, True)


async def test_a_builder_without_a_sign_of_life_is_replaced(
    index: RankIndex, redis: Redis, board: str
) -> None:
    building = await begun(index, board, Reading(players(board, 3)))
    await redis.delete(board_keys(board)[2])

    second = await rebuild(index, board, in_batches(players(board, 2)))
    building.cancel()

    assert second
    assert await index.are_ready([board]) == [True]


async def test_the_work_of_a_replaced_builder_is_refused(index: RankIndex, redis: Redis, board: str) -> None:
    reading = Reading([], [line(board, 9, 999)])
    building = await begun(index, board, reading)
    await redis.delete(board_keys(board)[2])
    await rebuild(index, board, in_batches(players(board, 2)))

    reading.go_on.set()

    assert not await building
    assert await index.top(board, 5) == ranked(players(board, 2))


async def test_the_claim_of_a_builder_lapses(index: RankIndex, redis: Redis, board: str) -> None:
    building = await begun(index, board, Reading(players(board, 3)))

    lapses_after_ms = await redis.pttl(board_keys(board)[2])
    building.cancel()

    assert 0 < lapses_after_ms <= 15_000


async def test_a_replaced_builder_does_not_finish_the_work_of_the_next(
    index: RankIndex, redis: Redis, board: str
) -> None:
    first = Reading(players(board, 3))
    replaced = await begun(index, board, first)
    await redis.delete(board_keys(board)[2])
    building = await begun(index, board, Reading(players(board, 3)))

    first.go_on.set()
    finished = await replaced
    are_ready = await index.are_ready([board])
    building.cancel()

    assert (finished, are_ready) == (False, [False])


async def test_each_batch_renews_the_claim(index: RankIndex, redis: Redis, board: str) -> None:
    renewed = []

    async def slow() -> AsyncIterator[Sequence[Change]]:
        yield players(board, 3)
        await redis.delete(board_keys(board)[2])
        yield players(board, 3)
        await asyncio.sleep(0.2)
        renewed.append(await redis.pttl(board_keys(board)[2]) > 14_000)

    await rebuild(index, board, slow())

    assert renewed == [True]


async def test_a_submit_asks_for_a_board_whose_builder_died(
    index: RankIndex, redis: Redis, board: str
) -> None:
    building = await begun(index, board, Reading(players(board, 3)))
    await redis.delete(board_keys(board)[2])

    wanted = await index.submit([line(board, 2, 0, version=2)])
    building.cancel()

    assert wanted == {board}


async def test_a_builder_that_fails_lets_the_next_one_begin(index: RankIndex, board: str) -> None:
    async def broken() -> AsyncIterator[Sequence[Change]]:
        yield players(board, 3)
        raise LookupError

    with pytest.raises(LookupError):
        await rebuild(index, board, broken())

    assert await rebuild(index, board, in_batches(players(board, 2)))


async def test_a_flush_while_building_leaves_nothing_that_looks_whole(
    index: RankIndex, redis: Redis, board: str
) -> None:
    reading = Reading(players(board, 3), *[[line(board, number, 0)] for number in range(9)])
    building = await begun(index, board, reading)
    await redis.flushall()
    reading.go_on.set()

    assert not await building
    assert await index.are_ready([board]) == [False]
