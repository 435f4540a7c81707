"""The demo world's listeners: what they played in the last month. Pure, and the same for the same days."""

import random
from base64 import b64encode
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

LISTENERS = 90
DAYS = 31
PIECES = 300
#: How many of a hundred listen on a day, from Monday on.
DEMAND = (48, 50, 52, 55, 60, 42, 38)
LONGEST_LIVE_S = 4 * 3_600
#: How many of all pieces are heard to their end, and of all sittings are live.
HEARD_OUT = 0.8
LIVE = 1 / 3

Json = dict[str, Any]


def player_events(now: datetime) -> Iterator[Json]:
    """What players told of the last days up to now, by days; ids make sending them twice harmless."""
    for ago in range(DAYS, -1, -1):
        day = now.date() - timedelta(days=ago)
        yield from (event for event in _day(day) if event["time_end"] <= now.isoformat())


def stream_events(now: datetime) -> Iterator[Json]:
    """What the streaming server logged of those who listened live."""
    for event in player_events(now):
        if event["source"] == "live":
            start, end = (datetime.fromisoformat(event[name]) for name in ("time", "time_end"))
            seconds = int((end - start).total_seconds())
            yield {
                "origin": "icecast",
                "ip": _address(event["device_key"]),
                "method": "GET",
                "path": "/320.mp3",
                "status": 200,
                "bytes_sent": seconds * 40_000,
                "user_agent": "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
                "referer": "https://example.org/live",
                "time_start": event["time"],
                "time_end": event["time_end"],
                "seconds_connected": seconds,
            }


def _day(day: date) -> Iterator[Json]:
    rng = random.Random(f"listening {day}")
    for listener in range(LISTENERS):
        if rng.randrange(100) < DEMAND[day.weekday()]:
            start = datetime.combine(day, time(rng.choice((6, 7, 8, 12, 17, 18, 19, 20, 21))), UTC)
            start += timedelta(seconds=rng.randrange(3_600))
            sitting = _live if rng.random() < LIVE else _on_demand
            yield from sitting(rng, listener, start)


def _live(rng: random.Random, listener: int, start: datetime) -> Iterator[Json]:
    lasts = timedelta(seconds=min(LONGEST_LIVE_S, int(rng.lognormvariate(8.0, 0.8))))
    yield _event(listener, start, start + lasts, "live", "catalog.channel:DEMO", LONGEST_LIVE_S)


def _on_demand(rng: random.Random, listener: int, start: datetime) -> Iterator[Json]:
    for _ in range(rng.randrange(1, 14)):
        piece = rng.randrange(PIECES)
        length = 120 + piece % 240
        heard = length if rng.random() < HEARD_OUT else rng.randrange(5, length)
        end = start + timedelta(seconds=heard)
        yield _event(listener, start, end, "on-demand", f"catalog.media:{piece:08X}", length)
        start = end + timedelta(seconds=rng.randrange(20))


def _event(listener: int, start: datetime, end: datetime, source: str, obj_key: str, longest_s: int) -> Json:
    return {
        "id": f"demo-{listener}-{start:%Y%m%dT%H%M%S}",
        "time": start.isoformat(),
        "time_end": end.isoformat(),
        "state": "playing",
        "obj_key": obj_key,
        "user_identity": f"account.user:{listener:08X}",
        "device_key": f"{b64encode(f'203.0.113.{listener}'.encode()).decode()}-{listener:06x}",
        "source": source,
        "max_duration": longest_s,
    }


def _address(device_key: str) -> str:
    return f"203.0.113.{int(device_key.rpartition('-')[2], 16)}"
