"""Requests about earnings that no client should send, each with the status that refuses it."""

import json
from collections.abc import Iterator
from typing import Any

from bad_requests import NO_ACCOUNTS, Bad
from game_world import account

SESSION = f"{0xA:024x}"
BOARD = f"sessions/{SESSION}/leaderboard"
EVENT: dict[str, Any] = {
    "event_id": "event-1",
    "streamer_id": account(1),
    "session_id": SESSION,
    "viewer_id": account(7),
    "category": "gifts",
    "diamonds": 5,
}

NO_DIAMONDS = (
    "null",
    "true",
    '"5"',
    "5.0",
    "1e3",
    "0",
    "-1",
    "NaN",
    str(2**31),
    "9" * 5_000,
    "[5]",
    '{"$inc": 5}',
)
NO_EVENT_IDS: dict[str, Any] = {
    "empty": "",
    "129 characters": "a" * 129,
    "a number": 5,
    "a null byte": "a\0",
    "a line's end": "a\n",
    "an operator": {"$ne": None},
    "null": None,
}
NO_CATEGORIES = ("gift", "all", "GIFTS", "", "views,gifts", ".*", 1, None, {"$ne": None}, ["gifts"])
NO_TIMES: dict[str, Any] = {
    "negative": -1,
    "text": "1",
    "a float": 1.5,
    "true": True,
    "tomorrow": 253_402_300_799_999,
    "year 10000": 253_402_300_800_000,
}
QUERIES: dict[str, tuple[str, ...]] = {
    "days": ("0", "3", "7d", "", "-1", "1.0", "+7", "%EF%BC%97", "1&days=7", "31", "1e0"),
    "page": ("0", "-1", "1.5", "1" + "0" * 18, "%EF%BC%91", "", "abc", "+1", "1000001"),
    "limit": ("0", "101", "%2B5", "+5", "-1", "1.5", "", "all"),
    "category": (
        "gift",
        ".*",
        "",
        ",",
        "views,,chat",
        "views,",
        "all,views",
        "VIEWS",
        "%5Eviews",
        "views%00",
    ),
    "_": ("abc", "-1", "1.5", "", "9" * 16, "%EF%BC%91", "1745300994%00"),
}


def posted(event: Any) -> dict[str, Any]:
    """A body with one event."""
    return {"events": [event]}


def bad_events() -> Iterator[Bad]:
    """Another service tells about diamonds."""
    for text in NO_DIAMONDS:
        raw = json.dumps(posted(EVENT)).replace('"diamonds": 5', f'"diamonds": {text}').encode()
        status = 400 if text == "NaN" or len(text) > 1_000 else 422
        yield Bad(f"diamonds {text[:9]}", "POST", "earnings", raw, status, role="service")
    for field, wrong in {"event_id": NO_EVENT_IDS, "time": NO_TIMES}.items():
        for name, value in wrong.items():
            body = posted({**EVENT, field: value})
            yield Bad(f"{field} {name}", "POST", "earnings", body, role="service")
    for category in NO_CATEGORIES:
        body = posted({**EVENT, "category": category})
        yield Bad(f"event category {category}", "POST", "earnings", body, role="service")


def bad_names() -> Iterator[Bad]:
    """Events about nobody, or that say too little."""
    for field in ("streamer_id", "session_id", "viewer_id"):
        for name, value in {**NO_ACCOUNTS, "an operator": {"$ne": None}, "a number": 5}.items():
            body = posted({**EVENT, field: value})
            yield Bad(f"{field} {name}", "POST", "earnings", body, role="service")
    for field in EVENT:
        body = posted({name: value for name, value in EVENT.items() if name != field})
        yield Bad(f"{field} missing", "POST", "earnings", body, role="service")
    yield Bad(
        "an unknown session", "POST", "earnings", posted({**EVENT, "session_id": account(9)}), role="service"
    )
    yield Bad(
        "another streamer", "POST", "earnings", posted({**EVENT, "streamer_id": account(2)}), role="service"
    )


def bad_bodies() -> Iterator[Bad]:
    """Bodies that hold no events."""
    for name, body in {
        "no events": {"events": []},
        "1,001 events": {"events": [{**EVENT, "event_id": str(number)} for number in range(1_001)]},
        "a list": [EVENT],
        "an event alone": EVENT,
        "events an object": {"events": EVENT},
        "an event a text": posted("event"),
    }.items():
        yield Bad(f"body {name}", "POST", "earnings", body, role="service")
    yield Bad("body empty", "POST", "earnings", b"", 400, role="service")
    yield Bad("body truncated", "POST", "earnings", b'{"events": [', 400, role="service")
    yield Bad("body key twice", "POST", "earnings", b'{"events": [], "events": []}', 400, role="service")
    yield Bad("body too large", "POST", "earnings", b" " * (4 * 1024 * 1024 + 1), 413, role="service")
    yield Bad("a player's earnings", "POST", "earnings", posted(EVENT), 403)
    yield Bad("a slash too many", "POST", "earnings/", posted(EVENT), 404, role="service")


def bad_questions() -> Iterator[Bad]:
    """A leaderboard is asked for."""
    for parameter, values in QUERIES.items():
        for value in values:
            yield Bad(f"{parameter} {value[:20]}", "GET", f"{BOARD}?{parameter}={value}")
    for path in ("", "/me"):
        for name, wrong in NO_ACCOUNTS.items():
            yield Bad(f"session{path} {name}", "GET", f"sessions/{wrong}/leaderboard{path}")
        yield Bad(f"session{path} unknown", "GET", f"sessions/{account(9)}/leaderboard{path}", status=404)
    for name, wrong in NO_ACCOUNTS.items():
        yield Bad(f"account_id {name}", "GET", f"{BOARD}/me?account_id={wrong}", role="service")
    yield Bad("account_id missing", "GET", f"{BOARD}/me", role="service")
    yield Bad("account_id of another", "GET", f"{BOARD}/me?account_id={account(2)}", status=403)
    yield Bad("days of a place", "GET", f"{BOARD}/me?days=3")
    yield Bad("a player's export", "GET", f"{BOARD}/export", status=403)
    yield Bad("a service's export", "GET", f"{BOARD}/export", status=403, role="service")
    yield Bad("a board with a slash", "GET", f"{BOARD}/", status=404)


CASES = [*bad_events(), *bad_names(), *bad_bodies(), *bad_questions()]
