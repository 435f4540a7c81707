"""The rank index: ordered boards on Redis, right or silent, rebuildable from MongoDB at any time.

A board answers only while it is ready: complete, and written by the very server process that answers.
"""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from typing import NamedTuple

from redis.asyncio import Redis

from app.ranking import scripts
from app.ranking.connection import Call, RankServer
from app.ranking.errors import RankIndexAway
from app.ranking.keys import board_keys
from app.ranking.lines import (
    ALL_BELOW,
    LINES_ABOVE,
    WINDOW,
    Change,
    Leaders,
    RankedLine,
    StoredLine,
    View,
    newest_by_board,
    read_ranked,
    read_stored,
    spell_changes,
)
from app.ranking.views import BoardViews

__all__ = [
    "ALL_BELOW",
    "LINES_ABOVE",
    "WINDOW",
    "Change",
    "Leaders",
    "LeadersOf",
    "RankIndex",
    "RankedLine",
    "StoredLine",
    "View",
]

#: More lines in one script would hold up everybody else's commands.
LINES_A_CALL = 500
LINES_A_PAGE = 500
_WRITTEN = 1


class LeadersOf(NamedTuple):
    """Which lines of a board are wanted, and whose place in it; `known` is the revision they were read at."""

    board_id: str
    skip: int = 0
    limit: int = 0
    account_id: str = ""
    known: bytes = b""


class RankIndex:
    """Boards by id. Every method is one round trip and raises RankIndexAway if Redis does not serve it."""

    def __init__(self, redis: Redis) -> None:
        self.server = RankServer(redis)
        self._views = BoardViews(self.server)

    async def open(self, board_id: str) -> None:
        """Make a board that never had a line ready at once; one of which Redis has a trace stays as it is."""
        await self.server.run([Call(scripts.OPEN, board_keys(board_id))])

    async def open_all(self, expiries: Mapping[str, int | None]) -> None:
        """The same for several boards, each with the unix second at which it may be forgotten, if ever."""
        await self.server.run(
            [
                Call(scripts.OPEN, board_keys(board_id), () if expiry is None else (expiry,))
                for board_id, expiry in expiries.items()
            ]
        )

    async def submit(self, changes: Iterable[Change]) -> set[str]:
        """Set lines to absolute values; an equal or older version of a line loses.

        Returns the boards that need building. One that is not being built has then taken nothing.
        """
        boards = newest_by_board(changes)
        calls = [call for board_id, lines in boards.items() for call in submit_calls(board_id, lines)]
        answers = await self.server.run([call for _, call in calls])
        return {board_id for (board_id, _), answer in zip(calls, answers, strict=True) if answer != _WRITTEN}

    async def views(self, requests: Sequence[tuple[str, str]]) -> list[View | None]:
        """Boards as seen by one of their accounts each; None where not ready, or without such a line."""
        return await self._views.read(requests)

    async def top(self, board_id: str, limit: int) -> list[RankedLine] | None:
        """The best lines of a board; None if it is not ready."""
        (answer,) = await self.server.run([Call(scripts.TOP, board_keys(board_id), (limit,))])
        return None if answer is None else read_ranked(answer)

    async def leaders(
        self, wanted: Sequence[LeadersOf], *, stamp: str
    ) -> tuple[list[Leaders | None], bytes | None]:
        """Lines of boards, None for each that is not ready; and the present stamp of this name."""
        calls = [
            Call(scripts.LEADERS, board_keys(board_id), (skip, limit, account_id, known))
            for board_id, skip, limit, account_id, known in wanted
        ]
        *answers, stamped = await self.server.ask([*calls, Call(scripts.STAMP, (stamp,), ("",))])
        return [None if answer is None else Leaders(*answer) for answer in answers], stamped

    async def stamp(self, name: str, value: str, *, lasts_ms: int | None = None) -> None:
        """Set a stamp: what was kept by a former one is not to be used any more."""
        lasts = () if lasts_ms is None else (lasts_ms,)
        await self.server.run([Call(scripts.STAMP, (name,), (value, *lasts))])

    async def ranks(self, requests: Sequence[tuple[str, str]]) -> list[int | None]:
        """Competition ranks of (board, account); None where not ready, or without such a line."""
        return await self.server.run(
            [Call(scripts.RANK, board_keys(board_id), (account_id,)) for board_id, account_id in requests]
        )

    async def are_ready(self, board_ids: Iterable[str]) -> list[bool]:
        """Whether each board answers."""
        answers = await self.server.run([Call(scripts.READY, board_keys(board_id)) for board_id in board_ids])
        return [answer == 1 for answer in answers]

    async def drop(self, board_ids: Iterable[str]) -> None:
        """Forget boards altogether."""
        await self.server.run([Call(scripts.DROP, board_keys(board_id)) for board_id in board_ids])

    async def lines_of(self, board_id: str, account_ids: Sequence[str]) -> list[StoredLine | None]:
        """The lines of some accounts, None for each without one. Raises RankIndexAway if not ready."""
        chunks = (account_ids[at : at + LINES_A_CALL] for at in range(0, len(account_ids), LINES_A_CALL))
        calls = [Call(scripts.LINES, board_keys(board_id), chunk) for chunk in chunks]
        found = [line for answer in await self.server.run(calls) for line in _lines(answer)]
        by_account = {line.account_id: line for line in found}
        return [by_account.get(account_id) for account_id in account_ids]

    async def lines(self, board_id: str) -> AsyncIterator[StoredLine]:
        """Every line, in no order, a page a round trip; what is written meanwhile may come twice or not.

        Raises RankIndexAway if the board is not ready, or no longer.
        """
        cursor = "0"
        while True:
            call = Call(scripts.PAGE, board_keys(board_id), (cursor, LINES_A_PAGE))
            (answer,) = await self.server.run([call])
            for line in _lines(answer):
                yield line
            cursor = answer[0].decode()
            if cursor == "0":
                return


def _lines(answer: Sequence[bytes] | None) -> list[StoredLine]:
    if answer is None:
        raise RankIndexAway("The board is not ready.")
    return read_stored(answer[1:])


def submit_calls(board_id: str, lines: Sequence[Change], *, token: str = "") -> list[tuple[str, Call]]:
    """The calls that write one board, with its id; a builder shows its token."""
    keys = board_keys(board_id)
    return [
        (board_id, Call(scripts.SUBMIT, keys, (token, *spell_changes(lines[at : at + LINES_A_CALL]))))
        for at in range(0, len(lines), LINES_A_CALL)
    ]
