"""Stream events: when they make sense, and what identifies them. Pure."""

from collections.abc import Mapping
from typing import Any

from app.listening.rules.fields import (
    MICROS_A_MILLI,
    MICROS_A_SECOND,
    BadField,
    canonical_ip,
    identity_of,
    moment_of,
)

TIME_BYTES = 6
HASH_BYTES = 10
ID_BYTES = TIME_BYTES + HASH_BYTES
#: How far the seconds connected may be off from the times.
TOLERANCE_S = 1


def stream_event(given: Mapping[str, Any]) -> dict[str, Any]:
    """A well-formed event, with its eleven fields and no other, as it is stored. Raises BadField.

    Its id holds all its fields: the beginning in milliseconds, then a hash. An instant counts, not how it
    is spelt, and so do an address and a number of seconds.
    """
    begins, time_start = moment_of(given["time_start"], field="time_start")
    ends, time_end = moment_of(given["time_end"], field="time_end")
    seconds = given["seconds_connected"]
    seconds = int(seconds) if seconds == int(seconds) else seconds
    if ends < begins:
        raise BadField("time_end", "is before time_start")
    if abs(ends - begins - seconds * MICROS_A_SECOND) > TOLERANCE_S * MICROS_A_SECOND:
        raise BadField("seconds_connected", "is off from the times by more than 1 s")
    ip = canonical_ip(given["ip"])
    said = [
        given["origin"],
        ip,
        given["method"],
        given["path"],
        given["status"],
        given["bytes_sent"],
        given["user_agent"],
        given["referer"],
        begins,
        ends,
        float(seconds),
    ]
    return {
        **given,
        "_id": _time_bytes(begins // MICROS_A_MILLI) + identity_of(said, HASH_BYTES),
        "ip": ip,
        "time_start": time_start,
        "time_end": time_end,
        "seconds_connected": seconds,
    }


def first_id(millis: int) -> bytes:
    """The id before which there is no event that begins in this millisecond or later."""
    return _time_bytes(millis) + bytes(HASH_BYTES)


def _time_bytes(millis: int) -> bytes:
    return millis.to_bytes(TIME_BYTES, "big")
