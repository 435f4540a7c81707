"""Building a board from what MongoDB has, beside everybody who goes on writing to it."""

import asyncio
import contextlib
import secrets
from collections import deque
from collections.abc import AsyncIterator, Iterator, Sequence

from app.ranking import scripts
from app.ranking.breaker import REST_S
from app.ranking.connection import Call
from app.ranking.errors import RankIndexAway
from app.ranking.index import Change, RankIndex, submit_calls
from app.ranking.keys import board_keys
from app.ranking.lines import newest_by_board

#: Little enough for a second's time-out, enough under way that Redis never waits for Python.
CALLS_A_TRIP = 4
TRIPS_UNDER_WAY = 2
#: A server that stalls for some seconds does not end a build, one that has restarted does.
MOST_REPEATS = 4
_REFUSED = 0


async def rebuild(
    index: RankIndex,
    board_id: str,
    batches: AsyncIterator[Sequence[Change]],
    *,
    expires_at: int | None = None,
) -> bool:
    """Build a board anew; True if it is ready and whole then, False if someone else is at it.

    The batches are every line of the board, absent ones as well, each read from MongoDB when it is asked
    for; what is submitted meanwhile wins by version. Ranking order is the fastest. A board that was ready
    stops answering until it is again. A builder that makes no progress for 15 s may be replaced; its late
    work is refused. Raises RankIndexAway when Redis stays away for some seconds.
    """
    building = _Building(index, board_id)
    if not await building.begin(expires_at):
        return False
    ready = False
    try:
        ready = await building.take_all(batches) and await building.finish()
    finally:
        if not ready:
            with contextlib.suppress(RankIndexAway):
                await building.release()
    return ready


class _Building:
    """One builder's hold on one board."""

    def __init__(self, index: RankIndex, board_id: str) -> None:
        self._server = index.server
        self._board_id = board_id
        self._keys = board_keys(board_id)
        self._token = secrets.token_hex(8)

    async def begin(self, expires_at: int | None) -> bool:
        return await self._run(scripts.BEGIN, *(() if expires_at is None else (expires_at,)))

    async def finish(self) -> bool:
        return await self._run(scripts.FINISH)

    async def release(self) -> None:
        await self._run(scripts.RELEASE)

    async def take_all(self, batches: AsyncIterator[Sequence[Change]]) -> bool:
        """Write every batch while the next one is read; False as soon as the board is not ours."""
        under_way: deque[asyncio.Task[bool]] = deque()
        try:
            async for batch in batches:
                for trip in self._trips(batch):
                    if len(under_way) == TRIPS_UNDER_WAY and not await under_way.popleft():
                        return False
                    under_way.append(asyncio.create_task(self._write(trip)))
            return all([await written for written in under_way])
        finally:
            for written in under_way:
                written.cancel()
            await asyncio.gather(*under_way, return_exceptions=True)

    def _trips(self, batch: Sequence[Change]) -> Iterator[list[Call]]:
        lines = newest_by_board(batch).get(self._board_id, [])
        calls = [call for _, call in submit_calls(self._board_id, lines, token=self._token)]
        return (calls[at : at + CALLS_A_TRIP] for at in range(0, len(calls), CALLS_A_TRIP))

    async def _write(self, trip: Sequence[Call]) -> bool:
        # Repeating is harmless: a line carries its version, and the token is good for this board only.
        for _ in range(MOST_REPEATS):
            try:
                return _REFUSED not in await self._server.run(trip)
            except RankIndexAway:
                await asyncio.sleep(REST_S)
        return _REFUSED not in await self._server.run(trip)

    async def _run(self, script: scripts.Script, *more: int) -> bool:
        (answer,) = await self._server.run([Call(script, self._keys, (self._token, *more))])
        return bool(answer)
