"""A player's shard with its zones, on the wire."""

from typing import Literal

from pydantic import Field

from app.routers.schemas.game import Answer


class ListedLeaderboardOut(Answer):
    """A leaderboard to choose."""

    leaderboard_id: str
    title: str
    description: str
    tier_count: int
    cycle: int
    closes_at: int | None = Field(description="unix milliseconds; null when rolled over by hand only")


class LeaderboardsOut(Answer):
    """Leaderboards by title."""

    leaderboards: list[ListedLeaderboardOut]


class ZonedLineOut(Answer):
    """One line of a shard."""

    rank: int
    account_id: str
    score: int
    zone: Literal["up", "stay", "down"] = Field(description="where it would lead if the cycle ended now")


class StandingOut(Answer):
    """A shard around one of its players, with its zones."""

    leaderboard_id: str
    title: str
    description: str
    cycle: int
    now: int = Field(description="unix milliseconds")
    closes_at: int | None = Field(description="unix milliseconds; null when rolled over by hand only")
    rollovers_remaining: int = Field(description="to the end of the season; -1 without seasons")
    shard_id: str
    tier: int
    tier_count: int
    players: int
    rank: int
    score: int
    promote_through: int | None = Field(description="this rank and better go up; null: nobody does")
    demote_from: int | None = Field(description="this rank and worse go down; null: nobody does")
    gap_after: int | None = Field(description="after so many lines some are left out; null: none are")
    lines: list[ZonedLineOut] = Field(description="all below 200 players, else the best and those around")
