"""Requests to livestreams that no client should send, each with the status that refuses it."""

from collections.abc import Iterator
from typing import Any

from bad_requests import NO_ACCOUNTS, Bad
from game_world import account

USER = f"users/{account(1)}"
SESSION = f"{0xA:024x}"
FEED = "feeds/user_livestream-global"

NO_TEXTS: dict[str, Any] = {
    "201 characters": "a" * 201,
    "a number": 5,
    "a list": ["a"],
    "an operator": {"$ne": None},
    "a null byte": "a\0b",
    "a line's end": "a\nb",
}
NO_COUNTS: dict[str, Any] = {
    "negative": -1,
    "a float": 1.5,
    "text": "5",
    "true": True,
    "2^31": 2**31,
    "an operator": {"$inc": 1},
}
NO_RATINGS: dict[str, Any] = {
    "a number": 4,
    "empty": {},
    "without a count": {"current": 4},
    "above 5": {"current": 5.1, "current_count": 1},
    "below 0": {"current": -0.1, "current_count": 1},
    "text": {"current": "4", "current_count": 1},
    "true": {"current": True, "current_count": 1},
    "negative count": {"current": 4, "current_count": -1},
}
NO_GOALS: dict[str, Any] = {
    "an object": {"goal": "a"},
    "21 of them": [{"goal": "a"}] * 21,
    "a text in it": ["a"],
    "more than 1 KiB": [{"goal": "a" * 1024}],
    "an operator in it": [{"$set": 1}],
    "an operator deep in it": [{"a": [{"b": {"$set": 1}}]}],
    "a dot in a name": [{"a.b": 1}],
    "a null byte in a name": [{"a\0b": 1}],
    "2^63 in it": [{"goal": 2**63}],
    "-2^63-1 in it": [{"goal": [-(2**63) - 1]}],
}
NO_PAGES = [
    *(f"page={page}" for page in ("0", "-1", "1.5", "1000000000000000000", "1000001", "%EF%BC%91", "")),
    *(f"limit={limit}" for limit in ("0", "101", "%2B5", "+5", "1e1", "5.0", "1_0", "abc", "%205")),
    "page=1&page=2",
    "limit[$gt]=1&limit=0",
]


def bad_posts() -> Iterator[Bad]:
    """A streamer asks for a session."""
    for name, title in NO_TEXTS.items():
        yield Bad(f"title {name}", "POST", "sessions", {"title": title})
    for name, attach in {"text": "true", "a number": 1, "null": None}.items():
        yield Bad(f"device {name}", "POST", "sessions", {"attach_lovense_online_device": attach})
    yield Bad("a list for a session", "POST", "sessions", [])
    yield Bad("a truncated session", "POST", "sessions", b'{"title": ', 400)
    yield Bad("a key twice in a session", "POST", "sessions", b'{"title": "a", "title": "b"}', 400)
    for name, account_id in NO_ACCOUNTS.items():
        yield Bad(f"account_id {name}", "POST", f"sessions?account_id={account_id}", role="service")
    yield Bad("account_id missing", "POST", "sessions", role="service")
    yield Bad("another's account_id", "POST", f"sessions?account_id={account(2)}", status=403)
    yield Bad("a slash too many", "POST", "sessions/", {}, 404)


def bad_changes() -> Iterator[Bad]:
    """Another service tells about a session."""
    path = f"sessions/{SESSION}"
    for name, count in NO_COUNTS.items():
        yield Bad(f"viewer_count {name}", "PATCH", path, {"viewer_count": count}, role="service")
    for name, rating in NO_RATINGS.items():
        yield Bad(f"rating {name}", "PATCH", path, {"rating": rating}, role="service")
    for goals in ("show_goal_pairs", "exclusive_goal_pairs"):
        for name, pairs in NO_GOALS.items():
            yield Bad(f"{goals} {name}", "PATCH", path, {goals: pairs}, role="service")
    for preset in ("hd", "", "SD", 1, {"$ne": None}):
        yield Bad(f"preset {preset}", "PATCH", path, {"preset": preset}, role="service")
        yield Bad(f"kind {preset}", "PUT", f"{path}/viewers/{account(7)}", {"kind": preset}, role="service")
    yield Bad("kind missing", "PUT", f"{path}/viewers/{account(7)}", {}, role="service")
    yield Bad("no change", "PATCH", path, b"", 400, role="service")
    yield Bad("a player changes", "PATCH", path, {"viewer_count": 1}, 403)
    yield Bad("a player ends", "POST", f"{path}/end", status=403)
    yield Bad("one wrong of two", "PATCH", path, {"viewer_count": 5, "preset": "hd"}, role="service")


def bad_ids() -> Iterator[Bad]:
    """Ids that are none."""
    for name, wrong in NO_ACCOUNTS.items():
        for method, path in (
            ("GET", f"sessions/{wrong}"),
            ("PATCH", f"sessions/{wrong}"),
            ("POST", f"sessions/{wrong}/start"),
            ("POST", f"sessions/{wrong}/end"),
            ("PUT", f"sessions/{wrong}/viewers/{account(7)}"),
            ("PUT", f"sessions/{SESSION}/viewers/{wrong}"),
            ("PUT", f"users/{wrong}"),
            ("PUT", f"users/{wrong}/sources/obs"),
            ("PUT", f"{USER}/followers/{wrong}"),
            ("PUT", f"users/{wrong}/followers/{account(7)}"),
            ("DELETE", f"{USER}/followers/{wrong}"),
            ("DELETE", f"users/{wrong}/followers/{account(7)}"),
            ("PUT", f"users/{wrong}/devices/phone"),
            ("DELETE", f"users/{wrong}/devices/phone"),
            ("GET", f"channels/presence-session@{wrong}/events"),
            ("GET", f"channels/private-stream@{wrong}/events"),
        ):
            fit = {"username": "ann", "kind": "push" if "/devices/" in path else "sd"}
            body = fit if method in {"PUT", "PATCH"} else None
            yield Bad(f"{method} {path} {name}", method, path, body, role="service")
    yield Bad("an operator for an id", "GET", "sessions/$ne", role="service")


def bad_feeds() -> Iterator[Bad]:
    """Pages and aliases that are none."""
    for query in NO_PAGES:
        yield Bad(f"feed {query}", "GET", f"{FEED}?{query}")
    for alias in ("a" * 65, "a.b", "a%20b", "a:b", "%EF%BD%81", "$where", "a%00"):
        yield Bad(f"feed {alias}", "GET", f"feeds/{alias}")
        yield Bad(f"channel of feed {alias}", "GET", f"channels/feed@{alias}/events")


def bad_users() -> Iterator[Bad]:
    """Another service tells about users."""
    for name, username in {**NO_TEXTS, "empty": "", "null": None}.items():
        yield Bad(f"username {name}", "PUT", USER, {"username": username}, role="service")
    yield Bad("username missing", "PUT", USER, {"tags": []}, role="service")
    yield Bad("biography long", "PUT", USER, {"username": "a", "biography": "a" * 2001}, role="service")
    tags = {"1,000": ["a"] * 1_000, "text": "a", "empty": [""], "long": ["a" * 101], "a number": [1]}
    for name, wrong in tags.items():
        yield Bad(f"tags {name}", "PUT", USER, {"username": "a", "tags": wrong}, role="service")
    yield Bad("a player tells", "PUT", USER, {"username": "a"}, 403)
    for name in ("a.b", "$where", "a%20b", "a" * 65, "%00"):
        yield Bad(f"source {name}", "PUT", f"{USER}/sources/{name}", {}, role="service")
    for name, started in {
        "negative": -1,
        "text": "1",
        "a float": 1.5,
        "year 10000": 253_402_300_800_000,
    }.items():
        yield Bad(f"started {name}", "PUT", f"{USER}/sources/obs", {"started": started}, role="service")
    for name, session_id in NO_ACCOUNTS.items():
        body = {"session_id": session_id}
        yield Bad(f"session_id {name}", "PUT", f"{USER}/sources/obs", body, role="service")
    for name, kind in {"unknown": "toaster", "missing": None, "an operator": {"$ne": 1}}.items():
        yield Bad(f"device kind {name}", "PUT", f"{USER}/devices/a", {"kind": kind}, role="service")
    for name in ("a%20b", "$a", "a" * 513):
        yield Bad(f"token {name}", "PUT", f"{USER}/devices/{name}", {"kind": "push"}, role="service")


CASES = [*bad_posts(), *bad_changes(), *bad_ids(), *bad_feeds(), *bad_users()]
