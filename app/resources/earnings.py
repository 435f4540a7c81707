"""The earnings domain put together."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from app.earnings.leaderboard import SessionLeaderboards
from app.earnings.recording import Recording
from app.livestream.streamers import streamers_of
from app.settings import Settings


@dataclass(frozen=True, slots=True)
class Earnings:
    """The acts of the earnings domain that live as long as the process."""

    recording: Recording
    leaderboards: SessionLeaderboards


@asynccontextmanager
async def open_earnings(settings: Settings) -> AsyncIterator[Earnings]:
    """The acts of the domain; on exit what was submitted is finished."""
    leaderboards = SessionLeaderboards(settings.system_user_id)
    recording = Recording(streamers_of, leaderboards.forget)
    try:
        yield Earnings(recording, leaderboards)
    finally:
        await recording.aclose()
