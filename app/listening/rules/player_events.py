"""Player events: when they make sense, what identifies them, and from where they come. Pure."""

import binascii
from base64 import b64decode
from collections.abc import Mapping
from typing import Any

from app.listening.rules.fields import BadField, identity_of, moment_of

HASH_BYTES = 16
LISTENER_BYTES = 12
MILLIS_A_SECOND = 1_000


def player_event(given: Mapping[str, Any]) -> dict[str, Any]:
    """A well-formed event as it is stored. Raises BadField.

    It has the id that its sender gave it, or one made of all its fields.
    """
    begins, time = moment_of(given["time"], field="time")
    said = {
        "state": given["state"],
        "obj_key": given["obj_key"],
        "user_identity": given["user_identity"],
        "device_key": given["device_key"],
        "source": given["source"],
        "max_duration_ms": millis_of(given["max_duration"]),
    }
    end = given.get("time_end")
    ends, time_end = (None, None) if end is None else moment_of(end, field="time_end")
    if ends is not None and ends < begins:
        raise BadField("time_end", "is before time")
    event_id = given.get("id")
    if event_id is None:
        event_id = identity_of([*said.values(), begins, ends], HASH_BYTES).hex()
    return {
        "_id": str(event_id),
        "listener": listener_of(said["user_identity"], said["device_key"]),
        "time": time,
        **said,
        "time_end": time_end,
    }


def listener_of(user_identity: str, device_key: str) -> bytes:
    """A user on a device, as short as it may be: sorted by one small field, events take half the time."""
    return identity_of([user_identity, device_key], LISTENER_BYTES)


def millis_of(seconds: float) -> int:
    """A duration to the millisecond."""
    return round(seconds * MILLIS_A_SECOND)


def remote_address(device_key: str) -> str | None:
    """The address that the first part of a device's key spells in base64; None if it spells nothing."""
    try:
        return b64decode(device_key.partition("-")[0], validate=True).decode() or None
    except (binascii.Error, UnicodeDecodeError):
        return None
