"""Photos, users, teams and locations on the wire: validated requests, documented answers."""

import re
from datetime import datetime
from typing import Annotated

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    StrictInt,
    StrictStr,
)

from app.xp.people_documents import TeamKind

LARGEST_ID = 10**15 - 1
MOST_TAGS = 200
MOST_WORDS = 50
LARGEST_QUANTITY = 10_000
LARGEST_XP = 1_000_000
MOST_LINKS = 20

_INSTANT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,9})?)?(Z|[+-][0-9]{2}:[0-9]{2})",
    re.ASCII,
)


def _instant_text(value: object) -> object:
    # Numbers, and texts without a zone, would be taken for some time or other.
    if not isinstance(value, str) or _INSTANT.fullmatch(value) is None:
        raise ValueError("must be a date and time with a zone, as in 2026-03-31T12:00:00Z")
    return value


def _of_these_times(instant: datetime) -> datetime:
    if not 1970 < instant.year < 9999:  # noqa: PLR2004 # no zone takes these years out of the calendar
        raise ValueError("must be a year from 1971 to 9998")
    return instant


Id = Annotated[StrictInt, Field(ge=1, le=LARGEST_ID)]
Text = Annotated[StrictStr, Field(pattern=r"^[^\x00-\x1f\x7f]*$", max_length=200)]
Word = Annotated[Text, Field(min_length=1, max_length=100)]
Name = Annotated[Text, Field(min_length=1)]
Flag = Annotated[StrictStr, Field(pattern=r"^[A-Za-z]{2}$", description="two letters")]
Link = Annotated[StrictStr, Field(pattern=r"^https?://[^\s\x00-\x1f\x7f\"<>]+$", max_length=500)]
LinkName = Annotated[StrictStr, Field(pattern=r"^[a-z0-9_-]{1,40}$")]
Quantity = Annotated[StrictInt, Field(ge=1, le=LARGEST_QUANTITY)]
Instant = Annotated[datetime, BeforeValidator(_instant_text), AfterValidator(_of_these_times)]


class Body(BaseModel):
    """A request body: unknown fields are ignored."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class UserIn(Body):
    """Who a user is, and what they want to be seen of it."""

    name: Text = ""
    username: Annotated[Text, Field(description="without an @")] = ""
    show_name: StrictBool = False
    show_username: StrictBool = False
    public_profile: StrictBool = False
    global_flag: Flag | None = None
    social: Annotated[dict[LinkName, Link], Field(max_length=MOST_LINKS)] | None = None
    active_team: Id | None = None


class TeamIn(Body):
    """What a team is."""

    name: Name
    kind: TeamKind = TeamKind.COMMUNITY
    safeguarding: StrictBool = Field(default=False, description="whether its members are kept from sight")


class MemberIn(Body):
    """What is to be seen of a user in a team; null: as everywhere."""

    show_name_leaderboards: StrictBool | None = False
    show_username_leaderboards: StrictBool | None = False


class LocationIn(Body):
    """What a location is called, and the one it lies in."""

    name: Name
    parent: Id | None = Field(None, description="a state's country, a city's state")
    flag: Flag | None = None


class PhotoIn(Body):
    """An uploaded photo."""

    photo_id: Id
    user_id: Id
    country_id: Id
    state_id: Id | None = None
    city_id: Id | None = None
    team_id: Id | None = None
    created_at: Instant | None = Field(None, description="ISO 8601 with a zone; absent: now")


class BrandIn(Body):
    """A brand seen on the things of a tag."""

    name: Word
    quantity: Quantity = 1


class TagIn(Body):
    """So many things of a kind, and what is to be said about them."""

    object: Word | None = None
    type: Word | None = None
    quantity: Quantity
    materials: Annotated[list[Word], Field(max_length=MOST_WORDS)] = []
    brands: Annotated[list[BrandIn], Field(max_length=MOST_WORDS)] = []
    custom_tags: Annotated[list[Word], Field(max_length=MOST_WORDS)] = []
    picked_up: StrictBool | None = None


class TagsIn(Body):
    """All tags of a photo."""

    tags: Annotated[list[TagIn], Field(max_length=MOST_TAGS)]


class RewardIn(Body):
    """XP for an administrator's action on a photo."""

    admin_id: Id
    photo_id: Id
    action: Annotated[StrictStr, Field(pattern=r"^[A-Za-z0-9_.-]{1,64}$")]
    xp: Annotated[StrictInt, Field(ge=1, le=LARGEST_XP)] = 1


class PhotoOut(BaseModel):
    """A photo, and the XP it has on boards."""

    photo_id: int
    user_id: int
    team_id: int | None
    country_id: int | None
    state_id: int | None
    city_id: int | None
    created_at: datetime
    is_school: bool = Field(description="whether it waits for approval before it counts")
    is_approved: bool
    is_deleted: bool
    xp: int


class RewardOut(BaseModel):
    """XP that was given."""

    success: bool
    xp: int
