"""What the livestream domain stores: one class per collection, with its indexes.

Users and sessions are named by ObjectIds; instants are dates.
"""

from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar

from beanie import Document, PydanticObjectId
from bson import ObjectId
from pydantic import BaseModel, Field
from pymongo import ASCENDING, DESCENDING, IndexModel


class Preset(StrEnum):
    """How a session is shown: a free preview, or one of the qualities that have a price."""

    PREVIEW = "preview"
    SD = "sd"


class Profile(BaseModel):
    """What a user says about themselves."""

    biography: str = ""


class UserDocument(Document):
    """Somebody who streams or watches, as another service tells it."""

    id: PydanticObjectId = Field(default_factory=lambda: PydanticObjectId(ObjectId()))
    username: str
    profile: Profile = Field(default_factory=Profile)
    tags: list[str] = Field(default_factory=list)

    class Settings:
        """Collection."""

        name = "users"


class Statuses(BaseModel):
    """When a session was created, first shown, and ended."""

    created: datetime
    started: datetime | None = None
    ended: datetime | None = None


class Status(BaseModel):
    """How the session is shown now."""

    preset: str


class Rating(BaseModel):
    """What viewers think of the streamer: now, and when the session before this one was rated."""

    current: float | None = None
    current_count: int = 0
    previous: float | None = None
    previous_count: int = 0


class SessionMetadata(BaseModel):
    """What is shown beside the picture."""

    name: str | None = None
    viewer_count: int = 0


class FollowUp(BaseModel):
    """One thing that should follow from a signal about the session, and has not yet.

    Its name is the signal's sender and the receiver, with a slash between; a session owes each name once.
    What is owed anew has a new `id`. `attempt` counts those who have taken it: only the last of them may say
    how it ended.
    """

    id: PydanticObjectId
    name: str
    due_at: datetime
    attempt: int = 0
    last_error: str | None = None


class SessionDocument(Document):
    """A livestream. A user has at most one that is active.

    `follow_ups` are written together with what they follow from, so that nothing is ever half announced.
    """

    id: PydanticObjectId
    user: PydanticObjectId
    title: str | None = None
    active: bool
    status: Status
    statuses: Statuses
    pricing: dict[str, int]
    tags: list[str] = Field(default_factory=list)
    show_goal_pairs: list[dict[str, Any]] = Field(default_factory=list)
    exclusive_goal_pairs: list[dict[str, Any]] = Field(default_factory=list)
    rating: Rating = Field(default_factory=Rating)
    metadata: SessionMetadata = Field(default_factory=SessionMetadata)
    follow_ups: list[FollowUp] = Field(default_factory=list)

    class Settings:
        """Collection and indexes."""

        name = "sessions"
        indexes: ClassVar = [
            IndexModel(
                [("user", ASCENDING)],
                name="one_active_session_per_user",
                unique=True,
                partialFilterExpression={"active": True},
            ),
            IndexModel([("user", ASCENDING), ("statuses.started", DESCENDING)], name="sessions_of_user"),
            IndexModel([("active", ASCENDING), ("statuses.started", DESCENDING)], name="active_sessions"),
            IndexModel([("follow_ups.due_at", ASCENDING)], name="follow_ups_due", sparse=True),
        ]


class SourceDocument(Document):
    """Where a user's picture comes from: sources by name, each perhaps with the session it belongs to."""

    user: PydanticObjectId
    sources: dict[str, dict[str, Any]] = Field(default_factory=dict)

    class Settings:
        """Collection and indexes."""

        name = "sources"
        indexes: ClassVar = [IndexModel([("user", ASCENDING)], name="sources_of_user", unique=True)]


class StreamViewersDocument(Document):
    """Who watches a streamer: when each viewer was last seen, by kind of viewing."""

    streamer: PydanticObjectId
    viewers: dict[str, dict[str, datetime]] = Field(default_factory=dict)

    class Settings:
        """Collection and indexes."""

        name = "stream_viewers"
        indexes: ClassVar = [IndexModel([("streamer", ASCENDING)], name="viewers_of_streamer", unique=True)]


class FollowerDocument(Document):
    """That somebody wants to hear of a streamer."""

    streamer: PydanticObjectId
    follower: PydanticObjectId

    class Settings:
        """Collection and indexes."""

        name = "followers"
        indexes: ClassVar = [
            IndexModel([("streamer", ASCENDING), ("follower", ASCENDING)], name="follows_once", unique=True)
        ]


class DeviceKind(StrEnum):
    """What a device is for."""

    PUSH = "push"
    LOVENSE = "lovense"


class DeviceDocument(Document):
    """Something a user owns that can be reached; `token` is how."""

    user: PydanticObjectId
    kind: DeviceKind
    token: str
    online: bool = True

    class Settings:
        """Collection and indexes."""

        name = "devices"
        indexes: ClassVar = [
            IndexModel([("token", ASCENDING)], name="one_device_per_token", unique=True),
            IndexModel([("user", ASCENDING), ("kind", ASCENDING)], name="devices_of_user"),
        ]


class FeedDocument(Document):
    """One finished run of a feed, whole: readers get the one with the highest version of an alias.

    `version` is the number of the build. A feed that has been followed by another goes at `expires_at`; the
    newest has none and stays.
    """

    aliases: list[str]
    region_group: str
    filtered: bool
    version: int
    generated_at: datetime
    items: list[dict[str, Any]]
    expires_at: datetime | None = None

    class Settings:
        """Collection and indexes."""

        name = "feeds"
        indexes: ClassVar = [
            IndexModel([("aliases", ASCENDING), ("version", DESCENDING)], name="newest_of_alias"),
            IndexModel([("expires_at", ASCENDING)], name="followed_by_another", expireAfterSeconds=0),
        ]


class FeedTaskDocument(Document):
    """That a feed is to be built, and how far that has come. There are as many as feeds are configured.

    `wanted` counts the changes that have asked for it, `built` those that a finished build has seen. Nothing
    is swallowed: as long as the two differ, a build is due at `due_at`, or one goes on that began after the
    last change. `begun` counts the builds; one that is not finished at `building_until` is begun again.
    At `tell_at` it is to be announced that there is another feed.
    """

    id: str  # type: ignore[assignment] # region group, with "-filtered" for the feed without hidden users
    wanted: int = 0
    built: int = 0
    due_at: datetime | None = None
    begun: int = 0
    begun_at: datetime | None = None
    building_until: datetime | None = None
    tell_at: datetime | None = None

    class Settings:
        """Collection."""

        name = "feed_tasks"


DOCUMENTS: tuple[type[Document], ...] = (
    UserDocument,
    SessionDocument,
    SourceDocument,
    StreamViewersDocument,
    FollowerDocument,
    DeviceDocument,
    FeedDocument,
    FeedTaskDocument,
)
