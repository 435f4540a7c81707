"""Who may subscribe to a channel."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from app.livestream.rules.channel_names import Channel, ChannelKind

HEARD_AFTER_END = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class SessionFacts:
    """How a session stands."""

    created_at: datetime
    active: bool
    ended_at: datetime | None = None

    def is_heard(self, now: datetime) -> bool:
        """True while it is active, and for an hour after it has ended."""
        return self.active or (self.ended_at is not None and now - self.ended_at < HEARD_AFTER_END)


@dataclass(frozen=True, slots=True)
class Known:
    """What has been found out for a decision.

    The session: the one a presence channel names, or the active one of a stream's streamer. `marked_at`: when
    the account was last seen watching that streamer in a quality that costs something.
    """

    session: SessionFacts | None = None
    marked_at: datetime | None = None


def may_subscribe(channel: Channel, account_id: str | None, known: Known, *, now: datetime) -> bool:
    """True if the account, None for somebody unknown, may hear what is said on the channel."""
    match channel.kind:
        case ChannelKind.FEED:
            return True
        case ChannelKind.USER | ChannelKind.USER_ENCRYPTED:
            return account_id == channel.subject
        case ChannelKind.STREAM | ChannelKind.STREAM_ENCRYPTED:
            return account_id is not None and (account_id == channel.subject or _watches(known))
        case ChannelKind.SESSION:
            return account_id is not None and known.session is not None and known.session.is_heard(now)


def _watches(known: Known) -> bool:
    session, marked_at = known.session, known.marked_at
    if session is None or marked_at is None or not session.active:
        return False
    # Marks are kept by streamer: an older one is from a session before this.
    return marked_at >= session.created_at
