"""An index that is away costs its callers nothing."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import structlog
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError
from redis.exceptions import TimeoutError as RedisTimeoutError

from app.ranking.errors import RankIndexAway

log = structlog.get_logger()

REST_S = 0.5
#: The server did not answer, as against an answer that is an error.
_SILENCES = (RedisConnectionError, RedisTimeoutError, OSError)


class Breaker:
    """After a call without an answer, calls fail at once for a while; then one goes ahead and tries."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._rests_until: float | None = None
        self._probing = False

    @contextmanager
    def attempt(self) -> Iterator[None]:
        """Around one call. Whatever Redis does wrong leaves here as RankIndexAway."""
        probe = self._rests_until is not None
        if probe:
            self._require_probe()
        try:
            yield
        except _SILENCES as error:
            self._rests_until = self._clock() + REST_S
            log.warning("rank_index.away", error=type(error).__name__)
            raise RankIndexAway from error
        except RedisError as error:
            log.warning("rank_index.refused", error=type(error).__name__)
            raise RankIndexAway from error
        else:
            self._rests_until = None
        finally:
            self._probing = self._probing and not probe

    def _require_probe(self) -> None:
        resting = self._rests_until is not None and self._clock() < self._rests_until
        if resting or self._probing:
            raise RankIndexAway
        self._probing = True
