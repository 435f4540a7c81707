"""A published key set (JWKS): fetched when it is needed, never more often than agreed."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import structlog
from jwt import PyJWK, PyJWTError

from app.kit.errors import LaurelError, Unavailable
from app.kit.strict_json import decode
from app.routers.errors import Unauthenticated
from app.routers.tokens import VerifyingKey, algorithm_of

REFRESHED_EVERY_S = 60.0
RETRIED_EVERY_S = 5.0
#: Older keys are read again, so that withdrawn ones stop counting.
FRESH_FOR_S = 600.0

log = structlog.get_logger()


class KeySetAway(Unavailable):
    """The keys that tokens are signed with cannot be read."""

    slug = "key-set-unavailable"


class KeySet:
    """The verifying keys of a JWKS document, which `fetch` brings.

    However many unknown key ids arrive, it is fetched at most once a minute; every five seconds while
    it fails. Keys once read are used while it cannot be read again.
    """

    def __init__(self, fetch: Callable[[], Awaitable[bytes]]) -> None:
        self._fetch = fetch
        self._keys: dict[str | None, VerifyingKey] = {}
        self._read_at = self._not_before = time.monotonic()
        self._reading: asyncio.Task[None] | None = None

    async def key_for(self, key_id: str | None) -> VerifyingKey:
        """The key of this id, or Unauthenticated; KeySetAway if no key was ever read."""
        key = self._keys.get(key_id)
        if key is None or time.monotonic() - self._read_at > FRESH_FOR_S:
            reading = self._refresh()
            if key is None and reading is not None:
                # Many may wait for one reading, and one of them going away must not end it.
                await asyncio.shield(reading)
                key = self._keys.get(key_id)
        if not self._keys:
            raise KeySetAway
        if key is None:
            raise Unauthenticated
        return key

    def _refresh(self) -> asyncio.Task[None] | None:
        """The reading under way, a new one if it is time, else None."""
        is_idle = self._reading is None or self._reading.done()
        if is_idle and time.monotonic() >= self._not_before:
            self._reading = asyncio.create_task(self._read_again())
        elif is_idle:
            return None
        return self._reading

    async def _read_again(self) -> None:
        now = time.monotonic()
        try:
            self._keys = _read(await self._fetch())
        except (LaurelError, ValueError) as error:
            self._not_before = now + RETRIED_EVERY_S
            log.warning("key_set.not_read", error=type(error).__name__)
        else:
            self._not_before = now + REFRESHED_EVERY_S
            self._read_at = now


def _read(document: bytes) -> dict[str | None, VerifyingKey]:
    """Every usable signing key by its id; the only key also serves tokens that name none."""
    published = decode(document)
    if not isinstance(published, dict) or not isinstance(published.get("keys"), list):
        raise ValueError("not a key set")  # noqa: TRY004 # a wrong document, not a wrong argument
    keys = {
        entry.get("kid"): key for entry in published["keys"] if (key := _verifying_key(entry)) is not None
    }
    if not keys:
        raise ValueError("a key set without a usable key")
    if len(keys) == 1:
        keys[None] = next(iter(keys.values()))
    return keys


def _verifying_key(entry: Mapping[str, Any]) -> VerifyingKey | None:
    """The key of one entry; None for what signs nothing here, such as an encryption key."""
    try:
        key = PyJWK.from_dict(dict(entry)).key
        algorithm = algorithm_of(key)
    except (PyJWTError, ValueError, TypeError):
        return None
    is_named = isinstance(entry.get("kid"), str | None)
    is_ours = is_named and entry.get("use", "sig") == "sig" and entry.get("alg", algorithm) == algorithm
    return VerifyingKey(key, algorithm) if is_ours else None
