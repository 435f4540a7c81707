"""Everything the livestream domain refuses, by category."""

from app.kit.errors import Conflict, Forbidden, NotFound, Unavailable


class UnknownSession(NotFound):
    """No session has this id."""

    slug = "unknown-session"


class UnknownFeed(NotFound):
    """No feed has this alias."""

    slug = "unknown-feed"


class SessionEnded(Conflict):
    """This session has ended."""

    slug = "session-ended"


class ChannelForbidden(Forbidden):
    """This account may not subscribe to this channel."""

    slug = "channel-forbidden"


class SessionContended(Unavailable):
    """Too many are changing this streamer's sessions at once."""

    slug = "session-contended"
