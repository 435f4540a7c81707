"""Listening events in: what streaming servers logged and what players did."""

import asyncio
from typing import Annotated

import orjson
from beanie import Document
from fastapi import APIRouter, Path, Request, Response, Security

from app.listening.documents import PlayerEventDocument, StreamEventDocument
from app.listening.ingest import store_events, store_media
from app.listening.rules.player_events import MILLIS_A_SECOND, millis_of, player_event
from app.listening.rules.stream_events import stream_event
from app.resources import Resources
from app.routers.auth import StatsCaller, api_key_scheme
from app.routers.batches import Batches
from app.routers.dependencies import Opened
from app.routers.refusals import Responses
from app.routers.schemas.stats import (
    MOST_EVENTS,
    PLAYER_EVENT,
    PLAYER_EVENTS,
    STREAM_EVENT,
    STREAM_EVENTS,
    IngestedOut,
    MediaIn,
    MediaOut,
    PlayerEventIn,
    StreamEventIn,
    batch_docs,
)
from app.routers.strict import StrictRoute

#: Twenty thousand events as streaming servers log them; each has 340 to 500 bytes.
LARGEST_BATCH = 12 * 1024 * 1024
STREAM_EVENTS_PATH = "/api/v1/stats/ingest/stream-events/"
PLAYER_EVENTS_PATH = "/api/v1/stats/ingest/player-events/"

router = APIRouter(tags=["statistics"], route_class=StrictRoute, dependencies=[Security(api_key_scheme)])

STREAM_BATCHES = Batches(
    STREAM_EVENT, STREAM_EVENTS, tuple(StreamEventIn.__annotations__), MOST_EVENTS, stream_event
)
PLAYER_BATCHES = Batches(
    PLAYER_EVENT, PLAYER_EVENTS, tuple(PlayerEventIn.__annotations__), MOST_EVENTS, player_event
)
ANSWERS: Responses = {
    200: {"model": IngestedOut, "description": "There was nothing in the list."},
    201: {"model": IngestedOut, "description": "All of them are stored."},
}


@router.post(
    STREAM_EVENTS_PATH,
    status_code=201,
    response_model=IngestedOut,
    responses=ANSWERS,
    openapi_extra=batch_docs(STREAM_EVENT),
)
async def post_stream_events(_: StatsCaller, request: Request, resources: Opened) -> Response:
    """Store what a streaming server logged, up to 20,000 connections; all of it, or nothing if one is bad.

    A connection that says the same in all fields as one that is stored is not stored again, so a batch may
    be sent as often as it takes.
    """
    return await _ingest(StreamEventDocument, STREAM_BATCHES, await request.body(), resources)


@router.post(
    PLAYER_EVENTS_PATH,
    status_code=201,
    response_model=IngestedOut,
    responses=ANSWERS,
    openapi_extra=batch_docs(PLAYER_EVENT),
)
async def post_player_events(_: StatsCaller, request: Request, resources: Opened) -> Response:
    """Store what players did, up to 20,000 events; all of it, or nothing if one is bad.

    An event whose id is stored is not stored again.
    """
    return await _ingest(PlayerEventDocument, PLAYER_BATCHES, await request.body(), resources)


@router.put("/api/v1/stats/media/{uid}/")
async def put_media(
    _: StatsCaller,
    uid: Annotated[str, Path(pattern=r"^[A-Za-z0-9_.-]{1,64}$", examples=["8C9D1A2B"])],
    body: MediaIn,
) -> MediaOut:
    """How long a piece is. Events of it that came without a maximal duration get this one."""
    duration_ms = millis_of(body.duration)
    await store_media(uid, duration_ms=duration_ms)
    return MediaOut(uid=uid, duration=duration_ms / MILLIS_A_SECOND)


async def _ingest(kind: type[Document], batches: Batches, body: bytes, resources: Resources) -> Response:
    async with resources.listening.room_for(len(body)):
        # In a thread, which lets other requests have their turns.
        done = await store_events(kind, await asyncio.to_thread(batches.read, body))
    content = {"received": done.received, "stored": done.stored, "duplicate": done.duplicate}
    status = 201 if done.received else 200
    return Response(orjson.dumps(content), status, media_type="application/json")
