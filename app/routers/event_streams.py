"""Events as `text/event-stream`."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime
from typing import Annotated, Any

import anyio
import structlog
from fastapi import Header
from sse_starlette import EventSourceResponse, ServerSentEvent
from sse_starlette.sse import SendTimeoutError
from starlette.types import Receive, Scope, Send

from app.streams.events import EVENT_ID_PATTERN, Event
from app.streams.subscription import Subscription

MEDIA_TYPE = "text/event-stream"
HEARTBEAT_S = 15
#: A reader that takes nothing for so long is let go; it comes back for what it missed.
TAKEN_WITHIN_S = 10
#: So long a stream may take to end in good order when the process stops.
ENDS_WITHIN_S = 2
COME_BACK_AFTER_MS = 1_000

#: A subscriber comes back after so long, and is asked again who they are.
LASTS_S = 15 * 60

LastEventId = Annotated[
    str | None,
    Header(alias="Last-Event-ID", pattern=EVENT_ID_PATTERN, description="what came since comes first"),
]
STREAM: dict[int | str, dict[str, Any]] = {
    200: {"description": "Events as they come", "content": {MEDIA_TYPE: {"schema": {"type": "string"}}}}
}

log = structlog.get_logger()


def lasts_s(token_expires_at: int | None, now: datetime) -> float:
    """How long a caller may listen: no longer than their token is good for."""
    if token_expires_at is None:
        return LASTS_S
    return min(LASTS_S, token_expires_at - now.timestamp())


class EventStream(EventSourceResponse):
    """What a subscription hears, until `lasts_s` are over; closes the subscription in any case."""

    media_type = MEDIA_TYPE

    def __init__(self, subscription: Subscription, *, lasts_s: float) -> None:
        self._subscription = subscription
        self._stopping = anyio.Event()
        super().__init__(
            _lines(subscription, lasts_s),
            ping=HEARTBEAT_S,
            ping_message_factory=lambda: ServerSentEvent(comment="still here", sep="\n"),
            send_timeout=TAKEN_WITHIN_S,
            data_sender_callable=self._end_in_time,
            shutdown_event=self._stopping,
            shutdown_grace_period=ENDS_WITHIN_S,
            sep="\n",
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send events until the client, the server or the subscription ends it."""
        try:
            await super().__call__(scope, receive, send)
        except SendTimeoutError:
            log.info("channel.reader_stuck", path=scope["path"])
        finally:
            self._subscription.close()

    async def _end_in_time(self) -> None:
        await self._stopping.wait()
        self._subscription.end()


async def _lines(subscription: Subscription, lasts_s: float) -> AsyncIterator[ServerSentEvent]:
    clock = asyncio.get_running_loop().time
    ends_at = clock() + lasts_s
    yield ServerSentEvent(retry=COME_BACK_AFTER_MS, sep="\n")
    for event in subscription.opening:
        yield _line(event)
    while (said := await subscription.next(within_s=ends_at - clock())) is not None:
        yield _line(said)


def _line(event: Event) -> ServerSentEvent:
    return ServerSentEvent(event.data, event=event.name, id=event.id, sep="\n")
