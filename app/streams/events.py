"""An event of a channel, and which events somebody has missed."""

from collections.abc import Sequence
from dataclasses import dataclass

#: How many events of a channel are kept.
KEPT = 100
#: Before the first event of all.
START = "0-0"
RESET = "reset"
EVENT_ID_PATTERN = r"^[0-9]{1,20}-[0-9]{1,20}$"


@dataclass(frozen=True, slots=True)
class Event:
    """What was said on a channel: a name, and data as JSON. Ids grow along a channel."""

    id: str
    name: str
    data: str

    @classmethod
    def reset(cls, last_id: str) -> "Event":
        """What tells a subscriber that events before this id were missed, so that all has to be read anew."""
        return cls(last_id, RESET, "{}")


def newest_id(recent: Sequence[Event]) -> str:
    """The id of the last event kept; START if there is none."""
    return recent[-1].id if recent else START


def events_since(recent: Sequence[Event], last_id: str) -> list[Event]:
    """What somebody who heard `last_id` last has missed; a reset if what is kept cannot tell."""
    if last_id == START and len(recent) < KEPT:
        return list(recent)
    for place, event in enumerate(recent):
        if event.id == last_id:
            return list(recent[place + 1 :])
    return [Event.reset(newest_id(recent))]
