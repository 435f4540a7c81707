"""What the XP domain stores of photos and of what they count."""

from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar

from beanie import Document
from pymongo import ASCENDING, DESCENDING, IndexModel


class CoinState(StrEnum):
    """Whether a photo has counted towards its user's next littercoin."""

    OWED = "owed"
    COUNTED = "counted"


class MetricsDocument(Document):
    """One user's amounts, or everybody's (user 0), on one board; `version` grows with every change.

    `year`, `month` and `week` say the window once more, 0 for what does not apply.
    """

    id: str  # type: ignore[assignment]
    timescale: int
    location_type: int
    location_id: int
    user_id: int
    bucket_date: datetime
    year: int
    month: int
    week: int
    uploads: int
    tags: int
    litter: int
    brands: int
    materials: int
    custom_tags: int
    xp: int
    version: int

    class Settings:
        """Collection and indexes."""

        name = "metrics"
        indexes: ClassVar = [
            IndexModel(
                [
                    ("timescale", ASCENDING),
                    ("location_type", ASCENDING),
                    ("location_id", ASCENDING),
                    ("user_id", ASCENDING),
                    ("bucket_date", ASCENDING),
                ],
                name="one_row_per_board",
                unique=True,
            ),
            IndexModel(
                [
                    ("timescale", ASCENDING),
                    ("location_type", ASCENDING),
                    ("location_id", ASCENDING),
                    ("bucket_date", ASCENDING),
                    ("xp", DESCENDING),
                    ("user_id", ASCENDING),
                ],
                name="ranking",
                partialFilterExpression={"user_id": {"$gt": 0}, "xp": {"$gt": 0}},
            ),
            # Who has left a board: it is few, and the rank index has to know their versions.
            IndexModel(
                [
                    ("timescale", ASCENDING),
                    ("location_type", ASCENDING),
                    ("location_id", ASCENDING),
                    ("bucket_date", ASCENDING),
                ],
                name="off_the_board",
                partialFilterExpression={"user_id": {"$gt": 0}, "xp": {"$lte": 0}},
            ),
            IndexModel(
                [("timescale", ASCENDING), ("bucket_date", ASCENDING), ("_id", ASCENDING)],
                name="boards",
                partialFilterExpression={"user_id": {"$eq": 0}},
            ),
        ]


class PhotoDocument(Document):
    """A photo's state: what is known of it, and what of it stands on boards (`counted`)."""

    id: int  # type: ignore[assignment]
    version: int
    user_id: int
    team_id: int | None
    is_school: bool
    is_approved: bool
    is_deleted: bool
    created_at: datetime
    place: list[int | None]
    fingerprint: str | None
    tagged: list[int]
    counted: dict[str, Any] | None
    coin: CoinState | None

    class Settings:
        """Collection and indexes."""

        name = "xp_photos"
        indexes: ClassVar = [
            IndexModel(
                [("coin", ASCENDING)], name="coins_owed", partialFilterExpression={"coin": {"$eq": "owed"}}
            ),
        ]


class RewardDocument(Document):
    """XP given to an administrator for one action on one photo."""

    id: str  # type: ignore[assignment]
    version: int
    admin_id: int
    photo_id: int
    action: str
    counted: dict[str, Any]

    class Settings:
        """Collection."""

        name = "xp_rewards"


class OwedLinesDocument(Document):
    """Rows written together that the rank index may not have yet; removed once it has."""

    id: str  # type: ignore[assignment]
    at: datetime
    rows: list[str]

    class Settings:
        """Collection and indexes."""

        name = "xp_owed_lines"
        indexes: ClassVar = [IndexModel([("at", ASCENDING)], name="oldest_first")]


class PurseDocument(Document):
    """How far a user is on the way to the next littercoin, and how many there have been."""

    id: int  # type: ignore[assignment]
    progress: int
    coins: int

    class Settings:
        """Collection."""

        name = "xp_purses"


class CoinDocument(Document):
    """One littercoin: the user's `number`th; `announced_at` is null until that has been told."""

    id: str  # type: ignore[assignment]
    user_id: int
    number: int
    earned_at: datetime
    announced_at: datetime | None

    class Settings:
        """Collection and indexes."""

        name = "xp_coins"
        indexes: ClassVar = [
            IndexModel(
                [("announced_at", ASCENDING), ("earned_at", ASCENDING)],
                name="to_be_announced",
                partialFilterExpression={"announced_at": {"$eq": None}},
            )
        ]


DOCUMENTS: tuple[type[Document], ...] = (
    MetricsDocument,
    PhotoDocument,
    RewardDocument,
    OwedLinesDocument,
    PurseDocument,
    CoinDocument,
)
