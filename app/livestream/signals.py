"""What the livestream domain announces. Receivers connect elsewhere; whoever sends knows none of them."""

from dataclasses import dataclass, field

from blinker import Signal

SESSION_STARTED = "session.started"
SESSION_ENDED = "session.ended"
PRESET_CHANGED = "preset.changed"
RATING_UPDATED = "rating.updated"
FEED_UPDATED = "updated"


@dataclass(frozen=True, slots=True)
class Signals:
    """The signals of one process. A signal's sender says what happened."""

    livestream: Signal = field(default_factory=lambda: Signal("features.livestream"))
    feed: Signal = field(default_factory=lambda: Signal("features.feed"))
