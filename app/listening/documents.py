"""What the listening domain stores: one class per collection, with its indexes. Instants are dates."""

from datetime import datetime
from typing import Any, ClassVar

from beanie import Document
from pymongo import ASCENDING, IndexModel


class StreamEventDocument(Document):
    """One connection to a stream, as the streaming server logged it.

    The id is made of what it says, its beginning first: the same event has the same id, and ids stand in
    order of time. So one index keeps events from being stored twice, and pages through them.
    """

    id: bytes  # type: ignore[assignment] # rules.stream_events makes it
    origin: str
    ip: str
    method: str
    path: str
    status: int
    bytes_sent: int
    user_agent: str
    referer: str
    time_start: datetime
    time_end: datetime
    seconds_connected: int | float

    class Settings:
        """Collection and indexes."""

        name = "stream_events"
        indexes: ClassVar = [IndexModel([("path", ASCENDING), ("_id", ASCENDING)], name="events_of_path")]


class PlayerEventDocument(Document):
    """What somebody's player did at `time`, and until when, once that is known.

    `calculated_duration_s` belongs to `time_end`. `cleaned` says which rule of which clean-up was the last
    to change the event.
    """

    id: str  # type: ignore[assignment] # the sender's, or made of what it says
    listener: bytes  # the user on the device
    time: datetime
    state: str
    obj_key: str
    user_identity: str
    device_key: str
    source: str
    max_duration_ms: int
    time_end: datetime | None = None
    calculated_duration_s: float | None = None
    cleaned: dict[str, Any] | None = None

    class Settings:
        """Collection and indexes."""

        name = "player_events"
        indexes: ClassVar = [
            IndexModel([("time", ASCENDING), ("_id", ASCENDING)], name="events_in_time_order"),
            IndexModel([("user_identity", ASCENDING), ("time", ASCENDING)], name="events_of_user"),
        ]


class MediaDocument(Document):
    """How long a piece is that can be played, by its uid."""

    id: str  # type: ignore[assignment] # the catalogue's uid
    duration_ms: int

    class Settings:
        """Collection."""

        name = "listening_media"


DOCUMENTS: tuple[type[Document], ...] = (StreamEventDocument, PlayerEventDocument, MediaDocument)
