"""Random histories, compared with a plain sorted list after every step."""

from collections.abc import AsyncIterator, Sequence

import pytest
from board_builders import T0, account, new_board_id, opened_index, ranked
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis.asyncio import Redis

from app.ranking.index import Change, RankIndex, View
from app.ranking.rebuild import rebuild

ACCOUNTS = 8
NUMBERS = st.integers(0, 1000)
SCORES = st.sampled_from([0, 1, 2, 10**15, 2**53 - 2, 2**53 - 1])
WRITES = st.tuples(
    st.just("write"),
    st.integers(0, ACCOUNTS - 1),
    SCORES,
    st.integers(0, 2),
    st.sampled_from([True, True, False]),
)
DELIVERIES = st.tuples(st.just("deliver"), st.lists(NUMBERS, min_size=1, max_size=6))
BUILDS = st.tuples(st.just("build"), st.integers(1, 4), st.lists(st.one_of(WRITES, DELIVERIES), max_size=4))
STEPS = st.one_of(WRITES, WRITES, DELIVERIES, DELIVERIES, BUILDS, st.just(("flush",)), st.just(("forget",)))


class World:
    """A store that is always right, and an index that hears of its versions late, twice and out of order."""

    def __init__(self, index: RankIndex, redis: Redis) -> None:
        self.index = index
        self.redis = redis
        self.board_id = new_board_id()
        self.history: list[Change] = []
        self.stored: dict[str, Change] = {}
        self.shown: dict[str, Change] | None = {}

    async def take(self, step: tuple) -> None:  # type: ignore[type-arg]
        kind, *rest = step
        await getattr(self, kind)(*rest)

    async def write(self, number: int, score: int, later: int, present: bool) -> None:  # noqa: FBT001
        known = self.stored.get(account(number))
        version = known.version + 1 if known else 1
        change = Change(self.board_id, account(number), version, score, T0 + later, present)
        self.stored[change.account_id] = change
        self.history.append(change)

    async def deliver(self, which: Sequence[int]) -> None:
        if not self.history:
            return
        changes = [self.history[number % len(self.history)] for number in which]
        missing = await self.index.submit(changes)
        assert missing == (set() if self.shown is not None else {self.board_id})
        self._show(changes)

    async def build(self, size: int, meanwhile: Sequence[tuple]) -> None:  # type: ignore[type-arg]
        self.shown = {}
        assert await rebuild(self.index, self.board_id, self._batches(size, list(meanwhile)))

    async def flush(self) -> None:
        await self.redis.flushall()
        self.shown = None

    async def forget(self) -> None:
        await self.redis.script_flush()

    async def _batches(self, size: int, meanwhile: list[tuple]) -> AsyncIterator[Sequence[Change]]:  # type: ignore[type-arg]
        for at in range(0, ACCOUNTS, size):
            numbers = range(at, min(at + size, ACCOUNTS))
            batch = [self.stored[account(number)] for number in numbers if account(number) in self.stored]
            if meanwhile:
                await self.take(meanwhile.pop())
            self._show(batch)
            yield batch

    def _show(self, changes: Sequence[Change]) -> None:
        if self.shown is None:
            return
        for change in changes:
            known = self.shown.get(change.account_id)
            if known is None or known.version < change.version:
                self.shown[change.account_id] = change

    def expected(self, number: int) -> View | None:
        line = (self.shown or {}).get(account(number))
        if line is None or not line.present:
            return None
        lines = ranked((self.shown or {}).values())
        return View(len(lines), line.version, lines, lines, lines)


@pytest.fixture
async def index(redis_url: str) -> AsyncIterator[RankIndex]:
    async with opened_index(redis_url) as opened:
        yield opened


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    async with Redis.from_url(redis_url) as client:
        yield client


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    print_blob=True,
)
@given(steps=st.lists(STEPS, max_size=25))
async def test_every_answer_is_that_of_a_sorted_list(
    index: RankIndex,
    redis: Redis,
    steps: list[tuple],  # type: ignore[type-arg]
) -> None:
    world = World(index, redis)
    await index.open(world.board_id)
    everybody = range(ACCOUNTS)

    for step in steps:
        await world.take(step)
        views = await index.views([(world.board_id, account(number)) for number in everybody])

        assert views == [world.expected(number) for number in everybody]
