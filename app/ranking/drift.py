"""How a board differs from what MongoDB has. What is written while it is compared does not count."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from app.ranking.index import RankIndex

LOOKS_AGAIN = 5
LOOKS_AGAIN_AFTER_S = 0.1

#: Version, score and time of present lines, by account.
Facts = Mapping[str, tuple[int, int, int]]
#: Reads from MongoDB what a board is to hold: of these accounts, or of all.
Truth = Callable[[Sequence[str] | None], Awaitable[Facts]]


@dataclass(frozen=True, slots=True)
class Drift:
    """How one board differs from MongoDB. An entry written while it was compared is not counted."""

    board_id: str
    entries: int
    wrong: int
    ready: bool


async def compare_board(ranks: RankIndex, board_id: str, truth: Truth) -> Drift:
    """Compare everything a board is to hold with its lines, and every line with that."""
    ready = (await ranks.are_ready([board_id]))[0]
    facts = await truth(None)
    if not ready:
        return Drift(board_id, entries=len(facts), wrong=0, ready=False)
    lines = {line.account_id: line[1:] async for line in ranks.lines(board_id)}
    suspects = [
        account_id
        for account_id in facts.keys() | lines.keys()
        if facts.get(account_id) != lines.get(account_id)
    ]
    wrong = await still_wrong(ranks, board_id, suspects, truth)
    return Drift(board_id, entries=len(facts), wrong=wrong, ready=True)


async def still_wrong(ranks: RankIndex, board_id: str, suspects: Sequence[str], truth: Truth) -> int:
    """How many suspects differ when looked at again: a score may just have been between the two stores."""
    for _ in range(LOOKS_AGAIN):
        if not suspects:
            break
        await asyncio.sleep(LOOKS_AGAIN_AFTER_S)
        facts = await truth(list(suspects))
        lines = await ranks.lines_of(board_id, suspects)
        suspects = [
            account_id
            for account_id, line in zip(suspects, lines, strict=True)
            if facts.get(account_id) != (None if line is None else line[1:])
        ]
    return len(suspects)
