"""What the earnings domain stores.

Users and sessions are named by ObjectIds, in the keys of a breakdown by their text; instants are dates.
"""

from datetime import datetime
from typing import Any, ClassVar

from beanie import Document, PydanticObjectId
from pydantic import Field
from pymongo import ASCENDING, IndexModel

from app.aggregations.earnings import EARNINGS

#: The index by which a streamer's hours are read.
PARTS_OF_HOUR = "parts_of_hour"


class EarningDocument(Document):
    """What a streamer received in the hour that began at `time`, or a part of it.

    `breakdown` is `{"stream:CATEGORY:SESSION": {VIEWER: {"total": diamonds}}}`; `revenue` the sum of all
    diamonds, each counted once. An hour with many viewers has several parts (`rules.parts`), which are
    added up. The two indexes that hold the revenue answer who earned what without reading the breakdowns.
    """

    user: PydanticObjectId
    time: datetime
    part: int = 0
    breakdown: dict[str, Any] = Field(default_factory=dict)
    revenue: int = 0

    class Settings:
        """Collection and indexes."""

        name = EARNINGS
        indexes: ClassVar = [
            IndexModel(
                [("user", ASCENDING), ("time", ASCENDING), ("part", ASCENDING)],
                name=PARTS_OF_HOUR,
                unique=True,
            ),
            IndexModel(
                [("user", ASCENDING), ("time", ASCENDING), ("revenue", ASCENDING)], name="revenue_of_streamer"
            ),
            IndexModel(
                [("time", ASCENDING), ("user", ASCENDING), ("revenue", ASCENDING)], name="revenue_of_hour"
            ),
        ]


class EarningEventDocument(Document):
    """An event that has been counted: the ledger, by the ids that callers gave.

    It is stored in the transaction that counts it. `call` names the request that did.
    """

    id: str  # type: ignore[assignment] # a caller's own name for it
    call: PydanticObjectId
    streamer: PydanticObjectId
    session: PydanticObjectId
    viewer: PydanticObjectId
    category: str
    diamonds: int
    time: datetime

    class Settings:
        """Collection."""

        name = "earning_events"


class LeaderboardChangeDocument(Document):
    """That a session's leaderboard has changed, and how far those who watch have been told.

    `id` is the session. `wanted` counts the changes, stored with the earnings that made them; `seen` those
    that the last look has seen. While they differ, a look is due at `due_at`; whoever takes it puts that
    off, and `looks` counts them. `told` is the digest of what was told last.
    """

    id: PydanticObjectId
    wanted: int = 0
    seen: int = 0
    looks: int = 0
    due_at: datetime | None = None
    told: str | None = None

    class Settings:
        """Collection and indexes."""

        name = "leaderboard_changes"
        indexes: ClassVar = [IndexModel([("due_at", ASCENDING)], name="changes_due", sparse=True)]


DOCUMENTS: tuple[type[Document], ...] = (EarningDocument, EarningEventDocument, LeaderboardChangeDocument)
