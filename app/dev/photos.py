"""The demo world of XP, through the public API: photos of the last months, then one now and then."""

import asyncio
import random
from collections.abc import Awaitable, Iterable, Iterator

import httpx

from app.dev import xp_world
from app.dev.demo import ANSWER_WITHIN_S, Signer, curl, send
from app.dev.xp_world import Snapshot
from app.kit.clock import utc_now

AT_ONCE = 16
PAUSE_S = 2.0


async def seed(base_url: str, signer: Signer) -> None:
    """Tell who and where everybody is, and their photos; doing it again changes little. Raises DemoFailed."""
    service = signer.headers("demo", "service")
    async with _calling(base_url) as api:
        await _all(send(api, "PUT", f"/api/{told.path}", told.body, service) for told in xp_world.facts())
        await _all(_take(api, one, service) for one in xp_world.first_photos(utc_now()))


async def take_photos(base_url: str, signer: Signer) -> None:
    """A photo every few seconds, for ever; what fails is left out."""
    rng = random.Random()
    async with _calling(base_url) as api:
        while True:
            await asyncio.sleep(PAUSE_S * (0.5 + rng.random()))
            one = xp_world.next_photo(rng, utc_now())
            service = signer.headers("demo", "service")
            try:
                await api.post("/api/photos", json=one.photo, headers=service)
                tags = {"tags": one.tags}
                await api.put(f"/api/photos/{one.photo['photo_id']}/tags", json=tags, headers=service)
            except httpx.HTTPError:
                continue


def examples(base_url: str, signer: Signer) -> Iterator[tuple[str, str]]:
    """What to try: a title and a command to paste into a shell, its token good for a day."""
    user = signer.headers(str(xp_world.VISITOR), "player")
    board = f"{base_url}/api/leaderboard"
    yield "who has most XP this month", curl(f"{board}?timeFilter=this-month", user)
    yield "news of the XP leaderboard, until Ctrl-C", curl(f"{board}/events", user, options="-sN")


async def _take(api: httpx.AsyncClient, one: Snapshot, service: dict[str, str]) -> None:
    await send(api, "POST", "/api/photos", one.photo, service)
    await send(api, "PUT", f"/api/photos/{one.photo['photo_id']}/tags", {"tags": one.tags}, service)


async def _all(requests: Iterable[Awaitable[object]]) -> None:
    """Send everything, some at once."""
    places = asyncio.Semaphore(AT_ONCE)

    async def in_turn(request: Awaitable[object]) -> None:
        async with places:
            await request

    await asyncio.gather(*(in_turn(request) for request in requests))


def _calling(base_url: str) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=base_url, timeout=ANSWER_WITHIN_S, trust_env=False)
