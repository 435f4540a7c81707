"""The way to the Redis that carries channels."""

from redis.asyncio import Redis

CONNECT_WITHIN_S = 0.5
ANSWER_WITHIN_S = 1.0


def open_streams(url: str) -> Redis:
    """A client with short timeouts; connects when first used."""
    client: Redis = Redis.from_url(
        url, socket_connect_timeout=CONNECT_WITHIN_S, socket_timeout=ANSWER_WITHIN_S, protocol=2
    )
    return client
