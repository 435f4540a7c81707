"""The XP domain put together."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from app.jobs import Jobs
from app.ranking.index import RankIndex
from app.settings import Settings
from app.streams.connection import open_streams
from app.streams.fanout import Fanout
from app.streams.recent import RecentEvents
from app.streams.seldom import SeldomEvents
from app.xp.announcements import EVERY_S, Announcements, Streams
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
    announcements: Announcements


@asynccontextmanager
async def open_xp(settings: Settings, ranks: RankIndex, jobs: Jobs) -> AsyncIterator[Xp]:
    """The acts of the domain; on exit what was submitted is finished and every subscription ended."""
    lines = BoardLines(ranks, jobs.build_boards)
    cards = Cards(ranks)
    async with _open_announcements(settings) as announcements:
        recorder = Recorder(lines, announcements)
        try:
            yield Xp(
                photos=Photos(recorder),
                rewards=Rewards(recorder),
                people=People(cards),
                cards=cards,
                standings=Standings(ranks, cards, jobs.build_boards),
                announcements=announcements,
            )
        finally:
            await recorder.aclose()
            await lines.aclose()


@asynccontextmanager
async def _open_announcements(settings: Settings) -> AsyncIterator[Announcements]:
    redis = open_streams(settings.redis_url)
    recent = RecentEvents(redis)
    seldom = SeldomEvents(redis, every_ms=int(EVERY_S * 1000))
    announcements = Announcements(Streams(recent, seldom, Fanout(redis, recent)))
    try:
        yield announcements
    finally:
        await announcements.aclose()
        await redis.aclose()
