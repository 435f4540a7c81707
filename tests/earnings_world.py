"""Sending earnings and asking for leaderboards over HTTP."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import httpx
from conftest import HeadersBuilder
from earnings_model import Gift
from game_world import Json, account

from app.kit.clock import to_millis


@dataclass
class Diamonds:
    """Earnings over HTTP; `total`s and orders are for the tests to look at."""

    http: httpx.AsyncClient
    player: HeadersBuilder
    service: HeadersBuilder
    admin: HeadersBuilder
    _numbers: Any = field(default_factory=count)

    def event(
        self, session: Json, viewer: int, category: str = "gifts", diamonds: int = 1, **more: Any
    ) -> Json:
        """One event with an id of its own unless one is given."""
        return {
            "event_id": f"event-{next(self._numbers)}",
            "streamer_id": session["user"],
            "session_id": session["id"],
            "viewer_id": account(viewer),
            "category": category,
            "diamonds": diamonds,
            **more,
        }

    async def post(self, *events: Json) -> httpx.Response:
        """The events in one request, whatever the answer."""
        return await self.http.post("/earnings", json={"events": events}, headers=self.service())

    async def give(self, session: Json, viewer: int, **diamonds: int) -> None:
        """What a viewer gives, by category."""
        answer = await self.post(*(self.event(session, viewer, name, of) for name, of in diamonds.items()))
        assert answer.status_code == 200, answer.text
        assert answer.json() == {"applied": len(diamonds), "duplicate": 0}

    async def ask(self, session: Json, path: str = "", **query: Any) -> httpx.Response:
        """A leaderboard as a player asks for it."""
        return await self.http.get(
            f"/sessions/{session['id']}/leaderboard{path}", params=query, headers=self.player()
        )

    async def lines(self, session: Json, **query: Any) -> list[Json]:
        """The lines of a page."""
        answer = await self.ask(session, **query)
        assert answer.status_code == 200, answer.text
        return list(answer.json())


def as_event(gift: Gift, streamer: str) -> Json:
    """A gift of the model as it is sent."""
    return {
        "event_id": gift.event_id,
        "streamer_id": streamer,
        "session_id": gift.session,
        "viewer_id": gift.viewer,
        "category": gift.category,
        "diamonds": gift.diamonds,
        "time": to_millis(gift.time),
    }


def summed(line: Json) -> dict[str, int]:
    """A line's summary by bare category, what is 0 left out."""
    return {name.rpartition(".")[2]: of for name, of in line["summary"].items() if of}


def ids(lines: Iterable[Json]) -> list[int]:
    """The viewers of lines, by number."""
    return [int(line["id"], 16) for line in lines]
