"""Whether the process lives, whether it can serve, and what it measured."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import BaseModel

from app.kit.errors import Unavailable
from app.routers.auth import PUBLIC
from app.routers.refusals import refusals
from app.routers.strict import StrictRoute

PING_WITHIN_S = 1.0

log = structlog.get_logger()
router = APIRouter(tags=["health"], route_class=StrictRoute)


class Health(BaseModel):
    """How the service is."""

    status: str


class NotReady(Unavailable):
    """This process cannot serve at the moment."""

    slug = "not-ready"


@router.get("/livez", openapi_extra=PUBLIC)
async def is_alive() -> Health:
    """200 while the process answers at all; asks nothing else."""
    return Health(status="alive")


@router.get("/readyz", openapi_extra=PUBLIC, responses=refusals(NotReady))
async def is_ready(request: Request) -> Health:
    """200 while MongoDB and Redis answer within a second and the process is not stopping."""
    state = request.app.state
    if state.draining:
        raise NotReady("This process is stopping.")
    pings = state.resources.pings
    answers = await asyncio.gather(*(_answers(name, ping) for name, ping in pings.items()))
    if away := [name for name, is_there in zip(pings, answers, strict=True) if not is_there]:
        raise NotReady(f"Not answering: {', '.join(away)}.")
    return Health(status="ready")


@router.get(
    "/metrics",
    response_class=Response,
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
    openapi_extra=PUBLIC,
)
async def read_metrics() -> Response:
    """Measurements of this process, as Prometheus text."""
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


async def _answers(name: str, ping: Callable[[], Awaitable[Any]]) -> bool:
    try:
        async with asyncio.timeout(PING_WITHIN_S):
            await ping()
    except Exception as error:  # noqa: BLE001 # a dependency may fail in any way; each means it is away
        log.warning("dependency.away", dependency=name, error=type(error).__name__)
        return False
    return True
