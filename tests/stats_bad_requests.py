"""Requests to listening statistics that no client should send, each with the status that refuses it."""

from collections.abc import Iterator
from typing import Any

from bad_requests import Bad
from listening_world import LIST, PLAYER, SESSIONS, STREAM, SUMMARY, a_player_event, a_stream_event

MEDIA = "/api/v1/stats/media/8C9D1A2B/"

NO_TEXTS: dict[str, Any] = {"a number": 5, "null": None, "a list": ["a"], "an operator": {"$ne": None}}
NO_INSTANTS: dict[str, Any] = {
    "without offset": "2024-11-05T11:15:32",
    "a date": "2024-11-05",
    "unix seconds": 1_730_805_332,
    "unix seconds as text": "1730805332",
    "no such day": "2024-02-30T00:00:00Z",
    "hour 25": "2024-11-05T25:00:00Z",
    "before 1970": "1969-12-31T23:59:59Z",
    "of a week": "2024-W45-2T11:15:32Z",
    "in Arabic digits": "\u0662\u0660\u0662\u0664-11-05T11:15:32Z",
    "of a log": "05/Nov/2024:11:16:32 +0000",
    "empty": "",
    **NO_TEXTS,
}
NO_COUNTS: dict[str, Any] = {
    "negative": -1,
    "a float": 5.0,
    "text": "5",
    "true": True,
    "null": None,
    "2^63": 2**63,
    "an operator": {"$inc": 1},
}
NO_SECONDS: dict[str, Any] = {"negative": -1, "text": "60", "true": True, "null": None, "10^300": 1e300}

BAD_STREAM_FIELDS: dict[str, dict[str, Any]] = {
    "origin": {**NO_TEXTS, "empty": "", "65 characters": "a" * 65},
    "ip": {**NO_TEXTS, "a name": "localhost", "256": "203.0.113.256", "a network": "10.0.0.0/8", "empty": ""},
    "method": {**NO_TEXTS, "empty": "", "a space": "GET "},
    "path": {**NO_TEXTS, "with a query": "/a?b=c", "empty": "", "4,097 characters": "/" + "a" * 4_096},
    "status": {**NO_COUNTS, "99": 99, "600": 600},
    "bytes_sent": NO_COUNTS,
    "user_agent": {**NO_TEXTS, "300 KiB": "a" * 300 * 1024, "a null byte": "a\0"},
    "referer": NO_TEXTS,
    "time_start": {**NO_INSTANTS, "after the end": "2024-11-05T11:16:33Z"},
    "time_end": NO_INSTANTS,
    "seconds_connected": {**NO_SECONDS, "61.1": 61.1, "58.9": 58.9},
}
BAD_PLAYER_FIELDS: dict[str, dict[str, Any]] = {
    "id": {"empty": "", "a float": 5.0, "true": True, "-1": -1, "a dollar": "$a", "an operator": {"$ne": 1}},
    "time": NO_INSTANTS,
    "state": {**NO_TEXTS, "empty": "", "capitals": "Playing"},
    "obj_key": {**NO_TEXTS, "without a uid": "catalog.media", "two colons": "a:b:c"},
    "user_identity": {**NO_TEXTS, "empty": "", "a space": "account user"},
    "device_key": {**NO_TEXTS, "empty": "", "257 characters": "a" * 257},
    "source": {**NO_TEXTS, "unknown": "radio"},
    "max_duration": NO_SECONDS,
    "time_end": {**{name: value for name, value in NO_INSTANTS.items() if name != "null"}},
}


def bad_items() -> Iterator[Bad]:
    """Batches of which one item is wrong."""
    kinds = (
        (STREAM, a_stream_event(), BAD_STREAM_FIELDS, ()),
        (PLAYER, a_player_event(), BAD_PLAYER_FIELDS, ("id", "time_end")),
    )
    for path, good, fields, optional in kinds:
        for name, values in fields.items():
            for how, value in values.items():
                yield _bad(f"{path} {name} {how}", path, [good, good | {name: value}])
            if name not in optional:
                without = {key: value for key, value in good.items() if key != name}
                yield _bad(f"{path} {name} missing", path, [good, without])
        yield _bad(f"{path} an unknown field of 300 KiB", path, [good | {"x": "a" * 300 * 1024}])
        no_items: dict[str, Any] = {"a text": "a", "null": None, "a list": [], "a number": 5}
        for how, item in no_items.items():
            yield _bad(f"{path} item {how}", path, [good, item])
    ends = a_player_event(time_end="2024-11-05T09:59:59Z")
    yield _bad("player event that ends before it begins", PLAYER, [ends])


def bad_bodies() -> Iterator[Bad]:
    """Bodies that are no list of items."""
    for path in (STREAM, PLAYER):
        no_lists: dict[str, Any] = {
            "an object": {"events": []},
            "a text": "a",
            "null": b"null",
            "a number": 5,
        }
        for how, body in no_lists.items():
            yield Bad(f"{path} {how}", "POST", path[1:], body, role="service")
        for how, content in {
            "empty": b"",
            "truncated": b"[{",
            "two lists": b"[] []",
            "NaN": b"[NaN]",
            "33 levels": b"[" * 33 + b"]" * 33,
            "100,000 brackets": b"[" * 100_000,
            "a byte order mark": b"\xef\xbb\xbf[]",
            "a name twice": b'[{"path": "/a", "path": "/b"}]',
        }.items():
            yield Bad(f"{path} JSON {how}", "POST", path[1:], content, 400, role="service")
        yield Bad(f"{path} more than 12 MiB", "POST", path[1:], b" " * (12 * 2**20 + 1), 413, role="service")
        yield Bad(f"{path} without its slash", "POST", path[1:-1], [], 404, role="service")
        yield Bad(f"{path} as a player", "POST", path[1:], [], 403)
        csv = (("content-type", "text/csv"),)
        yield Bad(f"{path} no JSON type", "POST", path[1:], b"[]", 415, role="service", headers=csv)


def bad_media() -> Iterator[Bad]:
    """Pieces that no catalogue has."""
    for how, value in {**NO_SECONDS, "0": 0}.items():
        yield Bad(f"duration {how}", "PUT", MEDIA[1:], {"duration": value}, role="service")
    yield Bad("duration missing", "PUT", MEDIA[1:], {}, role="service")
    yield Bad("uid with a space", "PUT", "api/v1/stats/media/a%20b/", {"duration": 5}, role="service")
    yield Bad("media without its slash", "PUT", MEDIA[1:-1], {"duration": 5}, 404, role="service")


NO_LIMITS = ("0", "-5", "abc", "", "1.5", "+5", "1e3", "%D9%A3", "999999999999")


def bad_reads() -> Iterator[Bad]:
    """Questions that mean nothing."""
    for path, too_many in ((LIST, 20_001), (SESSIONS, 10_001)):
        for limit in (*NO_LIMITS, str(too_many)):
            yield Bad(f"{path} limit {limit}", "GET", f"{path[1:]}?limit={limit}", role="service")
    for path in (LIST, SESSIONS, SUMMARY):
        for bound in ("time_from", "time_to"):
            for text in ("", "yesterday", "2024-11-05", "2024-11-05T10:00:00", "2024-02-30T10:00:00Z"):
                yield Bad(f"{path} {bound} {text}", "GET", f"{path[1:]}?{bound}={text}", role="service")
        yield Bad(f"{path} as a player", "GET", path[1:], status=403)
        yield Bad(f"{path} without its slash", "GET", path[1:-1], status=404, role="service")
    for by in ("", "week", "Day", "day,month"):
        yield Bad(f"by {by}", "GET", f"{SUMMARY[1:]}?by={by}", role="service")
    for cursor in ("", "garbage", "%00", "a" * 65, "YQ%3D%3D"):
        yield Bad(f"cursor {cursor}", "GET", f"{LIST[1:]}?cursor={cursor}", role="service")
    yield Bad("limit twice", "GET", f"{LIST[1:]}?limit=5&limit=5", role="service")
    yield Bad("an operator for a user", "GET", f"{SESSIONS[1:]}?user_identity={'a' * 129}", role="service")


def _bad(name: str, path: str, items: list[Any]) -> Bad:
    return Bad(name, "POST", path[1:], items, role="service")


CASES = [*bad_items(), *bad_bodies(), *bad_media(), *bad_reads()]
