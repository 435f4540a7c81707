"""Stream events: when they make sense, and what identifies them. Pure."""

from collections.abc import Mapping
from typing import Any

from app.listening.rules.fields import (
    MICROS_A_MILLI,
    MICROS_A_SECOND,
    BadField,
    canonical_ip,
    identity_of,
    instant_of,
    micros_of,
)

TIME_BYTES = 6
HASH_BYTES = 10
ID_BYTES = TIME_BYTES + HASH_BYTES
#: How far the seconds connected may be off from the times.
TOLERANCE_S = 1


def stream_event(given: Mapping[str, Any]) -> dict[str, Any]:
    """A well-formed event as it is stored. Raises BadField.

    Its id holds all its fields: the beginning in milliseconds, then a hash. An instant counts, not how it
    is spelt, and so do an address and a number of seconds.
    """
    begins = micros_of(given["time_start"], field="time_start")
    ends = micros_of(given["time_end"], field="time_end")
    seconds = given["seconds_connected"]
    seconds = int(seconds) if seconds == int(seconds) else seconds
    if ends < begins:
        raise BadField("time_end", "is before time_start")
    if abs(ends - begins - seconds * MICROS_A_SECOND) > TOLERANCE_S * MICROS_A_SECOND:
        raise BadField("seconds_connected", "is off from the times by more than 1 s")
    said = {
        "origin": given["origin"],
        "ip": canonical_ip(given["ip"]),
        "method": given["method"],
        "path": given["path"],
        "status": given["status"],
        "bytes_sent": given["bytes_sent"],
        "user_agent": given["user_agent"],
        "referer": given["referer"],
    }
    identity = identity_of([*said.values(), begins, ends, float(seconds)], HASH_BYTES)
    return {
        "_id": first_id(begins // MICROS_A_MILLI)[:TIME_BYTES] + identity,
        **said,
        "time_start": instant_of(begins),
        "time_end": instant_of(ends),
        "seconds_connected": seconds,
    }


def first_id(millis: int) -> bytes:
    """The id before which there is no event that begins in this millisecond or later."""
    return millis.to_bytes(TIME_BYTES, "big") + bytes(HASH_BYTES)
