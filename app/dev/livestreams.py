"""The demo world's livestreams, through the public API: streamers come and go while `laurel dev` runs."""

import asyncio
import math
import random
from collections.abc import Iterator
from dataclasses import dataclass

import httpx

from app.dev import diamonds, streamers, world
from app.dev.demo import ANSWER_WITHIN_S, Signer, curl, send
from app.dev.streamers import Json, Streamer

FEED = "/feeds/user_livestream-global"
TURN_S = 1.0


@dataclass(frozen=True, slots=True)
class Show:
    """A session that is on: as the service last answered it, and when it is to end."""

    session: Json
    until: float

    @property
    def path(self) -> str:
        """Where the service has it."""
        return f"/sessions/{self.session['id']}"


async def open_stage(base_url: str, signer: Signer) -> str:
    """Tell who the streamers are and who follows them, and put the host on; the id of the host's session.

    Doing it again changes nothing more. Raises DemoFailed.
    """
    service = signer.headers("demo", "service")
    async with _calling(base_url) as api:
        for streamer in streamers.streamers():
            await _introduce(api, streamer, service)
        host = streamers.host()
        session: Json = (
            await send(api, "POST", "/sessions", {"title": host.title}, signer.headers(host.id, "player"))
        ).json()
        await send(api, "POST", f"/sessions/{session['id']}/start", None, service)
    return str(session["id"])


async def broadcast(base_url: str, signer: Signer) -> None:
    """Let streamers come and go, for ever; what fails is left out until the next turn."""
    clock = asyncio.get_running_loop().time
    async with _calling(base_url) as api:
        stage = Stage(api, signer, random.Random())
        await stage.fill(clock())
        while True:
            await stage.turn(clock())
            await asyncio.sleep(TURN_S)


def examples(base_url: str, signer: Signer, *, session_id: str) -> Iterator[tuple[str, str]]:
    """What to try: a title and a command to paste into a shell, its token good for a day."""
    player = signer.headers(world.players()[0], "player")
    yield "who is live: the feed, first built about 20 seconds after the start", curl(base_url + FEED, {})
    yield (
        "a livestream's events as they come, until Ctrl-C",
        curl(f"{base_url}/channels/presence-session@{session_id}/events", player, options="-sN"),
    )
    yield (
        "who gives most in a livestream",
        curl(f"{base_url}/sessions/{session_id}/leaderboard?limit=5", player),
    )


class Stage:
    """Who is live, as far as this process knows."""

    def __init__(self, api: httpx.AsyncClient, signer: Signer, rng: random.Random) -> None:
        self._api = api
        self._signer = signer
        self._rng = rng
        self._shows: dict[str, Show] = {}

    async def fill(self, now: float) -> None:
        """Put the first lot on; whoever an earlier run has left live goes on."""
        await self._go_live(streamers.host(), now)
        answer = await self._ask("GET", f"{FEED}?limit=100")
        shown = {item["id"] for item in answer.json()} if answer and answer.is_success else set()
        for number, streamer in enumerate(streamers.first_lot(self._rng, shown)):
            await self._go_live(streamer, now + streamers.FIRST_END_S + number * streamers.NEXT_END_S)

    async def turn(self, now: float) -> None:
        """What happens in a moment: some come, some go, one session changes, and viewers give diamonds."""
        for streamer in streamers.joining(self._rng, self._shows):
            length = self._rng.uniform(streamers.SHORTEST_S, streamers.LONGEST_S)
            await self._go_live(streamer, now + length)
        until = {streamer_id: show.until for streamer_id, show in self._shows.items()}
        for streamer_id in streamers.leaving(until, now):
            await self._end(streamer_id)
        if self._shows:
            await self._change(self._rng.choice(list(self._shows)))
        await self._give(list(diamonds.given(self._rng, (show.session for show in self._shows.values()))))

    async def _go_live(self, streamer: Streamer, until: float) -> None:
        token = self._signer.headers(streamer.id, "player")
        made = await self._ask("POST", "/sessions", {"title": streamer.title}, token)
        if made is None or made.is_client_error:
            return
        show = Show(made.json(), math.inf if streamer == streamers.host() else until)
        if await self._ask("POST", f"{show.path}/start") is not None:
            self._shows[streamer.id] = show
            await self._give(diamonds.opening(self._rng, show.session))

    async def _end(self, streamer_id: str) -> None:
        if await self._ask("POST", f"{self._shows[streamer_id].path}/end") is not None:
            del self._shows[streamer_id]

    async def _change(self, streamer_id: str) -> None:
        """Change a session, and have somebody watch it; one that is over is forgotten."""
        show = self._shows[streamer_id]
        answer = await self._ask("PATCH", show.path, streamers.what_happens(self._rng, show.session))
        if answer is None:
            return
        if answer.is_client_error or not answer.json()["active"]:
            del self._shows[streamer_id]
            return
        session = answer.json()
        self._shows[streamer_id] = Show(session, show.until)
        viewer_id = self._rng.choice(world.players())
        await self._ask("PUT", f"{show.path}/viewers/{viewer_id}", {"kind": session["status"]["preset"]})

    async def _give(self, events: list[Json]) -> None:
        if events:
            await self._ask("POST", "/earnings", {"events": events})

    async def _ask(
        self, method: str, path: str, body: Json | None = None, headers: dict[str, str] | None = None
    ) -> httpx.Response | None:
        """The service's answer, None if it has failed to give one; without headers, as another service."""
        # Signed each time: this may run longer than a token is good for.
        headers = headers or self._signer.headers("demo", "service")
        try:
            answer = await self._api.request(method, path, json=body, headers=headers)
        except httpx.HTTPError:
            return None
        return None if answer.is_server_error else answer


async def _introduce(api: httpx.AsyncClient, streamer: Streamer, service: dict[str, str]) -> None:
    facts = {"username": streamer.username, "biography": streamer.biography, "tags": streamer.tags}
    await send(api, "PUT", f"/users/{streamer.id}", facts, service)
    for follower_id in streamer.followers:
        await send(api, "PUT", f"/users/{streamer.id}/followers/{follower_id}", None, service)


def _calling(base_url: str) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=base_url, timeout=ANSWER_WITHIN_S, trust_env=False)
