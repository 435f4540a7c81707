"""Listening statistics on the wire: items of batches that are validated, answers that are documented."""

from typing import Annotated, Any, Literal, NotRequired

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, with_config
from typing_extensions import TypedDict

from app.listening.rules.fields import INSTANT_PATTERN

MOST_EVENTS = 20_000
LARGEST_COUNT = 2**53 - 1
LONGEST_TEXT = 4_096
LONGEST_DURATION_S = 365 * 24 * 3600

ITEM = ConfigDict(extra="ignore", strict=True)
PLAIN = ConfigDict(extra="forbid", strict=True)

Instant = Annotated[
    str,
    Field(pattern=INSTANT_PATTERN, description="ISO 8601 with an offset", examples=["2024-11-05T11:15:32Z"]),
]
Text = Annotated[str, Field(max_length=LONGEST_TEXT, pattern=r"^[^\x00]*$")]
Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.:-]{1,64}$")]
Seconds = Annotated[float, Field(ge=0, le=LONGEST_DURATION_S, allow_inf_nan=False)]


@with_config(ITEM)
class StreamEventIn(TypedDict):
    """One connection to a stream."""

    origin: Annotated[Name, Field(examples=["hls"])]
    ip: Annotated[str, Field(pattern=r"^[0-9A-Fa-f:.]{2,45}$", examples=["203.0.113.154"])]
    method: Annotated[str, Field(pattern=r"^[A-Za-z-]{1,32}$", examples=["GET"])]
    path: Annotated[
        str,
        Field(
            max_length=LONGEST_TEXT,
            pattern=r"^(/[^?\x00]*|\*)$",
            description="without query",
            examples=["/320.mp3"],
        ),
    ]
    status: Annotated[int, Field(ge=100, le=599, examples=[200])]
    bytes_sent: Annotated[int, Field(ge=0, le=LARGEST_COUNT)]
    user_agent: Text
    referer: Text
    time_start: Instant
    time_end: Instant
    seconds_connected: Annotated[Seconds, Field(description="within 1 s of what the times say")]


@with_config(PLAIN)
class PlainStreamEvent(StreamEventIn):
    """A connection of which nothing else is said."""


@with_config(ITEM)
class PlayerEventIn(TypedDict):
    """What a player did."""

    id: NotRequired[
        Annotated[
            Name | Annotated[int, Field(ge=0, le=LARGEST_COUNT)] | None,
            Field(description="whatever identifies the event; without one all its fields do"),
        ]
    ]
    time: Instant
    state: Annotated[str, Field(pattern=r"^[a-z][a-z_-]{0,31}$", examples=["playing"])]
    obj_key: Annotated[
        str,
        Field(pattern=r"^[A-Za-z0-9_.]{1,64}:[A-Za-z0-9_.-]{1,64}$", examples=["catalog.media:8C9D1A2B"]),
    ]
    user_identity: Annotated[str, Field(pattern=r"^[\x21-\x7e]{1,128}$", examples=["account.user:D34C5A0A"])]
    device_key: Annotated[
        str, Field(pattern=r"^[\x20-\x7e]{1,256}$", examples=["MjAzLjAuMTEzLjE1NA==-6f1c2d"])
    ]
    source: Literal["live", "on-demand"]
    max_duration: Annotated[Seconds, Field(description="seconds after which what is played is over")]
    time_end: NotRequired[Instant | None]


@with_config(PLAIN)
class PlainPlayerEvent(PlayerEventIn):
    """An event of which nothing else is said."""


STREAM_EVENT: TypeAdapter[StreamEventIn] = TypeAdapter(StreamEventIn)
STREAM_EVENTS: TypeAdapter[list[PlainStreamEvent]] = TypeAdapter(list[PlainStreamEvent])
PLAYER_EVENT: TypeAdapter[PlayerEventIn] = TypeAdapter(PlayerEventIn)
PLAYER_EVENTS: TypeAdapter[list[PlainPlayerEvent]] = TypeAdapter(list[PlainPlayerEvent])


def batch_docs(item: TypeAdapter[Any]) -> dict[str, Any]:
    """The `openapi_extra` of a route that takes a list of such items."""
    items = item.json_schema()
    schema = {"type": "array", "maxItems": MOST_EVENTS, "items": items}
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


class IngestedOut(BaseModel):
    """What became of a batch."""

    received: int
    stored: int
    duplicate: int = Field(description="were stored already")


class StreamEventOut(BaseModel):
    """A stored connection to a stream; times are in UTC, to the millisecond."""

    id: str
    origin: str
    ip: str
    method: str
    path: str
    status: int
    bytes_sent: int
    user_agent: str
    referer: str
    time_start: str
    time_end: str
    seconds_connected: float


class StreamEventPageOut(BaseModel):
    """A page of stored connections, by their beginning."""

    next: str | None = Field(description="URL of the page after")
    previous: str | None = Field(description="URL of the page before")
    results: list[StreamEventOut]


class MediaIn(BaseModel):
    """What is to be known about a piece."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    duration: Annotated[float, Field(strict=True, gt=0, le=LONGEST_DURATION_S, allow_inf_nan=False)] = Field(
        description="seconds"
    )


class MediaOut(BaseModel):
    """What is known about a piece."""

    uid: str
    duration: float = Field(description="seconds")


class ListeningSessionOut(BaseModel):
    """Playing events of one user on one device without a silence of more than 300 s between them."""

    time_start: str
    time_end: str | None = Field(description="null while no event of the session has a known end")
    duration_s: float | None = Field(description="from beginning to end")
    duration_playing_s: float
    duration_playing_live_s: float
    duration_playing_ondemand_s: float
    user_identity: str
    remote_addr: str | None = Field(description="as the device's key spells it; null if it does not")


class SummaryOut(BaseModel):
    """Totals of a day or month, which starts at 04:00."""

    period: str = Field(description="`YYYY-MM-DD` or `YYYY-MM`")
    events: int
    listeners: int = Field(description="users who played something")
    listeners_live: int
    listeners_ondemand: int = Field(description="some may be listeners of both")
    hours: float = Field(description="of playing")
    hours_live: float
    hours_ondemand: float
