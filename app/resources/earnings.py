"""The earnings domain put together."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from app.earnings.leaderboard import SessionLeaderboards
from app.earnings.recording import Recording
from app.livestream.session_reading import streamers_of
from app.reactions import LeaderboardNews
from app.resources.livestream import Livestream
from app.settings import Settings


@dataclass(frozen=True, slots=True)
class Earnings:
    """The acts of the earnings domain that live as long as the process."""

    recording: Recording
    leaderboards: SessionLeaderboards
    news: LeaderboardNews


@asynccontextmanager
async def open_earnings(settings: Settings, livestream: Livestream) -> AsyncIterator[Earnings]:
    """The acts of the domain; on exit what was submitted is finished."""
    leaderboards = SessionLeaderboards(settings.system_user_id)
    recording = Recording(streamers_of, leaderboards.forget)
    try:
        yield Earnings(recording, leaderboards, LeaderboardNews(leaderboards, livestream.channels))
    finally:
        await recording.aclose()
