"""Listening statistics under test: events as senders make them, and the routes that take and show them."""

import itertools
import json
from base64 import b64encode
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import httpx
from conftest import HeadersBuilder
from game_world import Json, Store

STREAM = "/api/v1/stats/ingest/stream-events/"
PLAYER = "/api/v1/stats/ingest/player-events/"
LIST = "/api/v1/stats/stream-events/"
SESSIONS = "/api/v1/stats/listening-sessions/"
SUMMARY = "/api/v1/stats/summary/"

MORNING = datetime.fromisoformat("2024-11-05T10:00:00+00:00")
ADDRESS = "203.0.113.154"
_numbers = itertools.count()


def at(clock: str, day: str = "2024-11-05") -> datetime:
    """That time of a November day, in UTC."""
    return datetime.fromisoformat(f"{day}T{clock}+00:00")


def a_stream_event(**fields: Any) -> Json:
    """A connection of a minute, as a streaming server logs it; the seed's, unless said otherwise."""
    event = {
        "origin": "hls",
        "ip": ADDRESS,
        "method": "GET",
        "path": "/320.mp3",
        "status": 200,
        "bytes_sent": 12345,
        "user_agent": "Linux UPnP/1.0 Sonos/57.21-51190 (ZPS12) Nullsoft Winamp3 version 3.0 (compatible)",
        "referer": "",
        "time_start": "2024-11-05 11:15:32+00:00",
        "time_end": "2024-11-05 11:16:32+00:00",
        "seconds_connected": 60,
    }
    return event | fields


def stream_events(count: int, *, first: datetime = MORNING, every_s: float = 1.0) -> list[Json]:
    """So many connections, one beginning after the other."""
    starts = [first + timedelta(seconds=every_s * number) for number in range(count)]
    return [
        a_stream_event(
            time_start=start.isoformat(),
            time_end=(start + timedelta(seconds=60)).isoformat(),
            bytes_sent=number,
        )
        for number, start in enumerate(starts)
    ]


def device(number: int = 1, address: str = ADDRESS) -> str:
    """A device at an address."""
    return f"{b64encode(address.encode()).decode()}-{number:06x}"


def a_player_event(time: datetime = MORNING, **fields: Any) -> Json:
    """Somebody plays a piece of three minutes."""
    event = {
        "id": f"event-{next(_numbers)}",
        "time": time.isoformat(),
        "state": "playing",
        "obj_key": "catalog.media:8C9D1A2B",
        "user_identity": "account.user:D34C5A0A",
        "device_key": device(),
        "source": "on-demand",
        "max_duration": 180,
    }
    given = {
        name: value.isoformat() if isinstance(value, datetime) else value for name, value in fields.items()
    }
    return event | given


@dataclass(frozen=True)
class Statistics:
    """Statistics over HTTP, as a service; what a test asks for is asserted to have worked."""

    http: httpx.AsyncClient
    service: HeadersBuilder
    store: Store

    async def post(self, path: str, events: object) -> httpx.Response:
        """Send events, whatever the answer."""
        headers = self.service() | {"content-type": "application/json"}
        return await self.http.post(path, content=json.dumps(events), headers=headers)

    async def ingest(self, path: str, *events: Json) -> Json:
        """Send events, which are taken."""
        answer = await self.post(path, events)
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    async def play(self, *events: Json) -> None:
        """Send player events."""
        await self.ingest(PLAYER, *events)

    async def get(self, path: str, /, **parameters: Any) -> Json:
        """What a route shows."""
        answer = await self.http.get(path, params=parameters, headers=self.service())
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def pages(self, **parameters: Any) -> list[Json]:
        """Every page of stream events, by following `next`."""
        pages = [await self.get(LIST, **parameters)]
        while pages[-1]["next"]:
            answer = await self.http.get(pages[-1]["next"], headers=self.service())
            pages.append(answer.json())
        return pages

    def player_event(self, event_id: str) -> Json:
        """A stored player event."""
        found = self.store["player_events"].find_one({"_id": event_id})
        assert found is not None
        return found


def ids_of(pages: Iterable[Json]) -> list[str]:
    """The ids of the events of pages."""
    return [event["id"] for page in pages for event in page["results"]]
