"""What channels are called, and what a channel's name says."""

import re
from dataclasses import dataclass
from enum import StrEnum

from app.livestream.rules.groupings import FEED_ALIAS

#: Every channel there is; all of it may stand in the name of a Pusher channel.
CHANNEL_PATTERN = (
    rf"^(?:(?:presence-session|private-(?:enc-)?(?:user|stream))@[0-9a-f]{{24}}|feed@{FEED_ALIAS})$"
)

_CHANNEL = re.compile(CHANNEL_PATTERN, re.ASCII)


class ChannelKind(StrEnum):
    """What a channel is about; the first part of its name."""

    SESSION = "presence-session"
    USER = "private-user"
    USER_ENCRYPTED = "private-enc-user"
    STREAM = "private-stream"
    STREAM_ENCRYPTED = "private-enc-stream"
    FEED = "feed"


OF_STREAMER = (
    ChannelKind.USER,
    ChannelKind.USER_ENCRYPTED,
    ChannelKind.STREAM,
    ChannelKind.STREAM_ENCRYPTED,
)


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel by what it is about: the id of a session or a user, or the alias of a feed."""

    kind: ChannelKind
    subject: str

    @property
    def name(self) -> str:
        """The channel's name on the wire."""
        return f"{self.kind}@{self.subject}"


def read_channel(name: str) -> Channel:
    """The channel of this name; ValueError if it is none."""
    if _CHANNEL.fullmatch(name) is None:
        raise ValueError("not the name of a channel")
    kind, _, subject = name.partition("@")
    return Channel(ChannelKind(kind), subject)


def presence(session_id: object) -> str:
    """The channel of those who watch a session."""
    return Channel(ChannelKind.SESSION, str(session_id)).name


def feed(alias: str) -> str:
    """The channel that tells when a feed has been built."""
    return Channel(ChannelKind.FEED, alias).name


def of_streamer(streamer_id: object) -> tuple[str, ...]:
    """The private channels of a streamer, and of those who may watch the stream."""
    return tuple(Channel(kind, str(streamer_id)).name for kind in OF_STREAMER)
