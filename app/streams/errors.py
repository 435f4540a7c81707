"""What channels refuse, and how Redis's own errors become that."""

from collections.abc import Iterator
from contextlib import contextmanager

import structlog
from redis.exceptions import RedisError

from app.kit.errors import Unavailable

log = structlog.get_logger()


class ChannelsAway(Unavailable):
    """Channels do not work at the moment."""

    slug = "channels-unavailable"


class TooManySubscribers(Unavailable):
    """This process has as many subscribers as it can serve."""

    slug = "too-many-subscribers"


@contextmanager
def redis_errors() -> Iterator[None]:
    """Around what asks Redis: whatever goes wrong there leaves as ChannelsAway."""
    try:
        yield
    except (RedisError, OSError) as error:
        log.warning("channels.away", error=type(error).__name__)
        raise ChannelsAway from error
