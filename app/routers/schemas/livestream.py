"""Sessions and users on the wire: requests that are validated, answers that are documented."""

from collections.abc import Iterator
from typing import Annotated, Any

import orjson
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StrictBool, StrictInt, StrictStr

from app.kit.ids import ObjectIdText
from app.livestream.documents import DeviceKind, Preset

LARGEST_COUNT = 2**31 - 1
LATEST_MILLIS = 253_402_300_799_999  # the end of the year 9999
MOST_GOALS = 20
LARGEST_GOAL = 1_024
MOST_TAGS = 100
_INT64 = range(-(2**63), 2**63)


def _storable_goal(goal: dict[str, Any]) -> dict[str, Any]:
    """The goal, if it is small and means the same wherever it is stored."""
    for name, value in _members(goal):
        if name.startswith("$") or "." in name or "\0" in name:
            raise ValueError("has a name with a dot, a null byte or a dollar in front")
        if isinstance(value, int) and value not in _INT64:
            raise ValueError("has a number past 64 bits")
    if len(orjson.dumps(goal)) > LARGEST_GOAL:
        raise ValueError(f"is larger than {LARGEST_GOAL} bytes")
    return goal


def _members(value: object) -> Iterator[tuple[str, object]]:
    """Names and values at every level; an element of a list has no name."""
    pairs: list[tuple[str, object]] = []
    if isinstance(value, dict):
        pairs = list(value.items())
    elif isinstance(value, list):
        pairs = [("", element) for element in value]
    for name, member in pairs:
        yield name, member
        yield from _members(member)


Text = Annotated[StrictStr, Field(pattern=r"^[^\x00-\x1f\x7f]*$")]
Title = Annotated[Text, Field(max_length=200)]
Tag = Annotated[Text, Field(min_length=1, max_length=100)]
Count = Annotated[StrictInt, Field(ge=0, le=LARGEST_COUNT)]
Goals = Annotated[
    list[Annotated[dict[str, Any], AfterValidator(_storable_goal)]], Field(max_length=MOST_GOALS)
]


class Body(BaseModel):
    """A request body: unknown fields are ignored."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class SessionIn(Body):
    """What a streamer asks of a session that is new; one that is active stays as it is."""

    title: Title | None = None
    attach_lovense_online_device: StrictBool = False


class RatingIn(Body):
    """What viewers think, and how many have said so."""

    current: Annotated[float, Field(strict=True, ge=0, le=5)]
    current_count: Count


class SessionPatchIn(Body):
    """What is to be otherwise; absent or null: as it is."""

    preset: Preset | None = None
    show_goal_pairs: Goals | None = Field(None, description="each at most 1 KiB")
    exclusive_goal_pairs: Goals | None = Field(None, description="each at most 1 KiB")
    viewer_count: Count | None = None
    rating: RatingIn | None = None


class ViewerIn(Body):
    """A viewer's heartbeat."""

    kind: Preset


class UserIn(Body):
    """Who a user is."""

    username: Annotated[Text, Field(min_length=1, max_length=100)]
    biography: Annotated[StrictStr, Field(max_length=2_000)] = ""
    tags: Annotated[list[Tag], Field(max_length=MOST_TAGS)] = Field(
        default=[], description="`country:*`, `hashtag:*`, `badge:*`, `feed:NAME:N`, `hidden:region-group:*`"
    )


class SourceIn(Body):
    """How a source stands."""

    session_id: ObjectIdText | None = None
    started: Annotated[StrictInt, Field(ge=0, le=LATEST_MILLIS)] | None = Field(
        None, description="unix milliseconds; absent: not yet"
    )


class DeviceIn(Body):
    """Something that a user owns and that can be reached."""

    kind: DeviceKind
    online: StrictBool = True


class UsernamesOut(BaseModel):
    """What users are called."""

    usernames: dict[str, str] = Field(description="by id")


class LiveSessionOut(BaseModel):
    """A livestream that is shown now."""

    id: str
    user: str = Field(description="the streamer")
    username: str
    title: str | None
    started: int = Field(description="unix milliseconds")
    viewers: int


class StatusOut(BaseModel):
    """How a session is shown now."""

    preset: str


class StatusesOut(BaseModel):
    """When what happened to a session, in unix milliseconds."""

    created: int
    started: int | None
    ended: int | None


class RatingOut(BaseModel):
    """What viewers think, and what they thought of the session before."""

    current: float | None
    current_count: int
    previous: float | None
    previous_count: int


class SessionMetadataOut(BaseModel):
    """What is shown beside the picture."""

    name: str | None
    viewer_count: int


class SessionOut(BaseModel):
    """A livestream."""

    id: str
    document_id: str = Field(alias="_id", description="the same as `id`")
    user: str = Field(description="the streamer")
    title: str | None
    active: bool
    status: StatusOut
    statuses: StatusesOut
    pricing: dict[str, int] = Field(description="by preset")
    tags: list[str]
    show_goal_pairs: list[dict[str, Any]]
    exclusive_goal_pairs: list[dict[str, Any]]
    rating: RatingOut
    metadata: SessionMetadataOut
