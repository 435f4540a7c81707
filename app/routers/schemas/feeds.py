"""Feeds on the wire."""

from typing import Any

from pydantic import BaseModel, Field


class FeedMetadataOut(BaseModel):
    """What goes on in a streamer's session."""

    preset: str = Field(description="preview, or a quality that has a price")
    goal: list[dict[str, Any]] = Field(description="goals of the show, then exclusive ones")
    revenue: int = Field(description="diamonds of the last 30 days")
    viewers: int
    started: int | None = Field(description="unix milliseconds; null before the picture is there")
    trending_ranking: int = Field(description="the higher the better; -1: not trending")
    current_rating: float = Field(description="0 below 20 ratings")
    s_score: float = Field(description="current_rating times viewers")


class FeedItemOut(BaseModel):
    """A streamer who is live."""

    id: str = Field(description="the streamer's")
    username: str
    biography: str
    badges: list[str]
    metadata: FeedMetadataOut
    priority: int | None = Field(alias="__priority__", description="the higher the further up; null: last")
    class_name: str = Field("UserFeedItem", alias="_cls")
