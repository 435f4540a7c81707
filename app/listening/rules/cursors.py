"""Where a page of stream events begins or ends, as opaque text. Pure."""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from enum import StrEnum

from app.listening.rules.stream_events import ID_BYTES


class Side(StrEnum):
    """On which side of an event a page lies."""

    AFTER = "a"
    BEFORE = "b"


@dataclass(frozen=True, slots=True)
class Cursor:
    """The page right after, or right before, the event of this id."""

    side: Side
    event_id: bytes

    def __str__(self) -> str:
        return urlsafe_b64encode(self.side.encode() + self.event_id).rstrip(b"=").decode()


def read_cursor(text: str) -> Cursor | None:
    """The cursor that this text is; None if it is none."""
    try:
        packed = urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
        cursor = Cursor(Side(packed[:1].decode("ascii")), packed[1:])
    except (binascii.Error, ValueError):
        return None
    # What decodes to the same bytes, but is not how they are spelt here, nobody got from here.
    return cursor if len(cursor.event_id) == ID_BYTES and str(cursor) == text else None
