"""What the earnings domain stores."""

from datetime import datetime
from typing import Any, ClassVar

from beanie import Document, PydanticObjectId
from pydantic import Field
from pymongo import ASCENDING, IndexModel


class EarningDocument(Document):
    """What a streamer received in the hour that began at `time`; `revenue` is the sum of all diamonds.

    The two indexes that hold the revenue answer who earned what without reading the breakdowns, which grow
    with the number of viewers.
    """

    user: PydanticObjectId
    time: datetime
    breakdown: dict[str, Any] = Field(default_factory=dict)
    revenue: int = 0

    class Settings:
        """Collection and indexes."""

        name = "earnings"
        indexes: ClassVar = [
            IndexModel([("user", ASCENDING), ("time", ASCENDING)], name="hours_of_streamer", unique=True),
            IndexModel(
                [("user", ASCENDING), ("time", ASCENDING), ("revenue", ASCENDING)], name="revenue_of_streamer"
            ),
            IndexModel(
                [("time", ASCENDING), ("user", ASCENDING), ("revenue", ASCENDING)], name="revenue_of_hour"
            ),
        ]


DOCUMENTS: tuple[type[Document], ...] = (EarningDocument,)
