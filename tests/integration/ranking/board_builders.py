"""Boards for tests, and the plain sorted list that an index is compared with."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from uuid import uuid4

from app.ranking.connection import open_redis
from app.ranking.errors import RankIndexAway
from app.ranking.index import Change, RankedLine, RankIndex

T0 = 1_760_000_000_000


@asynccontextmanager
async def opened_index(url: str) -> AsyncIterator[RankIndex]:
    redis = open_redis(url)
    try:
        yield RankIndex(redis)
    finally:
        await redis.aclose()


def new_board_id() -> str:
    return uuid4().hex[:24]


def account(number: int) -> str:
    return f"{number:024x}"


def line(board_id: str, number: int, score: int, **other: int) -> Change:
    chosen = {"version": 1, "last_updated": T0, "present": True, **other}
    return Change(board_id=board_id, account_id=account(number), score=score, **chosen)  # type: ignore[arg-type]


def players(board_id: str, count: int) -> list[Change]:
    """Accounts 1 to `count`, the first one best, no two alike."""
    return [line(board_id, number, 10 * (count - number)) for number in range(1, count + 1)]


def ranked(changes: Iterable[Change]) -> list[RankedLine]:
    """The whole board as it has to be, by the definition of a rank."""
    lines = [change for change in changes if change.present]
    lines.sort(key=lambda one: (-one.score, one.last_updated, one.account_id))
    return [
        RankedLine(1 + sum(other.score > one.score for other in lines), *one[1:2], *one[3:5]) for one in lines
    ]


async def in_batches(changes: Sequence[Change], size: int = 1000) -> AsyncIterator[Sequence[Change]]:
    for at in range(0, len(changes), size):
        yield changes[at : at + size]


async def ready_board(index: RankIndex) -> str:
    """A board of players 1 to 3."""
    board_id = new_board_id()
    await index.open(board_id)
    await index.submit(players(board_id, 3))
    return board_id


async def until_it_answers(index: RankIndex, board_id: str) -> bool:
    """Whether the board is ready, as soon as anything answers."""
    for _ in range(100):
        try:
            return (await index.are_ready([board_id]))[0]
        except RankIndexAway:
            await asyncio.sleep(0.05)
    raise AssertionError("it never came back")
