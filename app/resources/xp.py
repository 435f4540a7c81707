"""The XP domain put together."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from app.jobs import Jobs
from app.ranking.index import RankIndex
from app.xp.cards import Cards
from app.xp.indexing import BoardLines
from app.xp.people import People
from app.xp.photos import Photos
from app.xp.recording import Recorder
from app.xp.rewards import Rewards
from app.xp.standings import Standings


@dataclass(frozen=True, slots=True)
class Xp:
    """The acts of the XP domain that live as long as the process."""

    photos: Photos
    rewards: Rewards
    people: People
    cards: Cards
    standings: Standings


@asynccontextmanager
async def open_xp(ranks: RankIndex, jobs: Jobs) -> AsyncIterator[Xp]:
    """The acts of the domain; on exit what was submitted is finished."""
    lines = BoardLines(ranks, jobs.build_boards)
    recorder = Recorder(lines)
    cards = Cards(ranks)
    try:
        yield Xp(
            photos=Photos(recorder),
            rewards=Rewards(recorder),
            people=People(cards),
            cards=cards,
            standings=Standings(ranks, cards, jobs.build_boards),
        )
    finally:
        await recorder.aclose()
        await lines.aclose()
