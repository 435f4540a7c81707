"""Connections to MongoDB and Redis, and what Laurel shows to other services."""

from typing import Any

from arq.connections import ArqRedis
from motor.motor_asyncio import AsyncIOMotorClient
from redis.asyncio import BlockingConnectionPool, Redis

from app.jobs import QUEUE, deserialize_job, serialize_job
from app.kit.tokens import sign_token
from app.settings import Settings

#: How long one request waits for MongoDB to have a primary; a refusal with Retry-After follows.
SELECTION_MS = 1_200
SERVICE_SUBJECT = "laurel"
SERVICE_TOKEN_S = 300


def open_mongodb(settings: Settings, command_timeout_ms: int | None) -> AsyncIOMotorClient[dict[str, Any]]:
    """A client whose writes are durable; `command_timeout_ms`: how long a command may take, None for any."""
    return AsyncIOMotorClient(
        settings.mongodb_uri,
        w="majority",
        journal=True,
        retryWrites=True,
        retryReads=True,
        tz_aware=True,
        serverSelectionTimeoutMS=SELECTION_MS,
        connectTimeoutMS=1_000,
        heartbeatFrequencyMS=1_000,
        socketTimeoutMS=command_timeout_ms,
        waitQueueTimeoutMS=SELECTION_MS,
        maxPoolSize=50,
    )


def open_queue(settings: Settings) -> ArqRedis:
    """The queue of jobs, not connected yet."""
    # Built without connecting: a process starts and takes scores while Redis is away.
    pool = BlockingConnectionPool.from_url(
        settings.redis_url, max_connections=10, timeout=1, socket_connect_timeout=0.5, socket_timeout=2
    )
    return ArqRedis(
        pool, job_serializer=serialize_job, job_deserializer=deserialize_job, default_queue_name=QUEUE
    )


async def ping(redis: Redis) -> None:
    """Raise if Redis does not answer."""
    await redis.ping()


def service_token(settings: Settings) -> str | None:
    """The token Laurel shows to other services: the configured one, or one signed with its own secret."""
    if settings.service_token is not None:
        return settings.service_token.get_secret_value()
    if settings.jwt_secret is None:
        return None
    return sign_token(
        settings.jwt_secret.get_secret_value(),
        subject=SERVICE_SUBJECT,
        role="service",
        audience=settings.jwt_audience,
        ttl_s=SERVICE_TOKEN_S,
    )
