"""The demo world's listeners, through the public API."""

from collections.abc import Iterator
from datetime import datetime
from itertools import islice

import httpx

from app.dev import listening_world
from app.dev.demo import ANSWER_WITHIN_S, Signer, curl, send

STATS = "/api/v1/stats"
EVENTS_A_REQUEST = 5_000


async def bring_in(base_url: str, signer: Signer, *, now: datetime) -> None:
    """Send what was heard in the last month; what is there already stays. Raises DemoFailed."""
    service = signer.headers("demo", "service")
    kinds = {
        "player-events": listening_world.player_events(now),
        "stream-events": listening_world.stream_events(now),
    }
    async with httpx.AsyncClient(base_url=base_url, timeout=ANSWER_WITHIN_S, trust_env=False) as api:
        for kind, events in kinds.items():
            while batch := list(islice(events, EVENTS_A_REQUEST)):
                await send(api, "POST", f"{STATS}/ingest/{kind}/", batch, service)


def examples(base_url: str, signer: Signer) -> Iterator[tuple[str, str]]:
    """What to try: a title and a command to paste into a shell, its token good for a day."""
    service = signer.headers("demo", "service")
    yield "listeners and hours by day", curl(f"{base_url}{STATS}/summary/?by=day", service)
    yield (
        "who listened from when to when",
        curl(f"{base_url}{STATS}/listening-sessions/?limit=20", service),
    )
