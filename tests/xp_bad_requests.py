"""Requests to XP that nobody should send, each with the status that refuses it."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from bad_requests import Bad
from game_world import Json

NO_ID_TEXTS = ("0", "-1", "+5", "1.5", "abc", "1 OR 1=1", "9223372036854775808", "\uff15", "")
NO_IDS: dict[str, Any] = {
    "missing": None,
    "zero": 0,
    "negative": -1,
    "text": "5",
    "true": True,
    "a float": 5.0,
    "2^63": 2**63,
    "a list": [5],
    "an operator": {"$gt": 0},
}
NO_QUANTITIES: dict[str, Any] = {**NO_IDS, "far too many": 10**9}
NO_TEXTS: dict[str, Any] = {
    "a number": 5,
    "an operator": {"$ne": None},
    "a null byte": "a\0b",
    "201": "a" * 201,
}
NO_INSTANTS: dict[str, Any] = {
    "a number": 1_700_000_000,
    "no zone": "2026-03-01T00:30:00",
    "a day": "2026-03-01",
    "words": "yesterday",
    "31 February": "2026-02-31T00:00:00Z",
    "year 1": "0001-01-01T00:00:00Z",
    "an operator": {"$gt": 0},
}
NO_TAGS: dict[str, Any] = {
    "no list": {"object": "bottle"},
    "201 of them": [{"object": "bottle", "quantity": 1}] * 201,
    "a text": ["bottle"],
    "an object that is a number": [{"object": 5, "quantity": 1}],
    "materials that are text": [{"quantity": 1, "materials": "glass"}],
    "an empty material": [{"quantity": 1, "materials": [""]}],
    "a brand without a name": [{"quantity": 1, "brands": [{"quantity": 2}]}],
    "no brands at all of one": [{"quantity": 1, "brands": [{"name": "a", "quantity": 0}]}],
    "picked up in words": [{"object": "bottle", "quantity": 1, "picked_up": "yes"}],
    "one wrong of two": [{"object": "bottle", "quantity": 1}, {"object": "can", "quantity": 0}],
}
A_PHOTO = {"photo_id": 9, "user_id": 1, "country_id": 5}
A_REWARD = {"admin_id": 1, "photo_id": 1, "action": "verify"}


def asked(name: str, **query: str) -> Bad:
    return Bad(name, "GET", f"leaderboard?{urlencode(query)}")


def bad_questions() -> Iterator[Bad]:
    """What a reader asks for."""
    for wrong in ("tomorrow", "Today", "", "all", "today,yesterday", "$ne"):
        yield asked(f"timeFilter {wrong}", timeFilter=wrong)
    for wrong in NO_ID_TEXTS:
        yield asked(f"locationId {wrong}", locationType="country", locationId=wrong)
    for wrong in ("planet", "Country", ""):
        yield asked(f"locationType {wrong}", locationType=wrong, locationId="5")
    yield asked("locationType alone", locationType="country")
    yield asked("locationId alone", locationId="5")
    for wrong in ("0", "-1", "1.5", "+1", " 1", "abc", "", "9" * 16, "\uff11"):
        yield asked(f"page {wrong}", page=wrong)
    yield Bad("page twice", "GET", "leaderboard?page=1&page=2")
    yield Bad("a null byte", "GET", "leaderboard?timeFilter=%00")
    yield Bad("no UTF-8", "GET", "leaderboard?timeFilter=%ff")
    yield Bad("an operator", "GET", "leaderboard?page[$ne]=1&locationId[$gt]=0&locationType=country")
    yield Bad("a game's player asks", "GET", "leaderboard", status=401, role="account")
    yield Bad("another's rank", "GET", "leaderboard?user_id=2", status=403)
    yield Bad("a slash too many", "GET", "leaderboard/", status=404)
    yield Bad("news of half a place", "GET", "leaderboard/events?locationId=5")
    yield Bad("news since a word", "GET", "leaderboard/events", headers=(("Last-Event-ID", "now"),))


def bad_photos() -> Iterator[Bad]:
    """What is told about photos."""
    for name, wrong in NO_IDS.items():
        for field in ("photo_id", "user_id", "country_id"):
            yield Bad(f"{field} {name}", "POST", "photos", {**A_PHOTO, field: wrong}, role="service")
        if wrong is not None:
            for field in ("state_id", "city_id", "team_id"):
                yield Bad(f"{field} {name}", "POST", "photos", {**A_PHOTO, field: wrong}, role="service")
    for name, wrong in NO_INSTANTS.items():
        yield Bad(f"created_at {name}", "POST", "photos", {**A_PHOTO, "created_at": wrong}, role="service")
    yield Bad("an unknown team", "POST", "photos", {**A_PHOTO, "team_id": 77}, role="service")
    yield Bad(
        "another user's photo", "POST", "photos", {**A_PHOTO, "photo_id": 1, "user_id": 2}, 409, "service"
    )
    yield Bad("a user uploads", "POST", "photos", A_PHOTO, 403)
    yield Bad("no photo", "POST", "photos", b"", 400, "service")
    yield Bad("half a photo", "POST", "photos", b'{"photo_id": ', 400, "service")
    yield Bad("a key twice", "POST", "photos", b'{"photo_id": 1, "photo_id": 2}', 400, "service")


def bad_tags() -> Iterator[Bad]:
    """What is told about a photo that is there, or is not."""
    for name, wrong in NO_TAGS.items():
        yield Bad(f"tags {name}", "PUT", "photos/1/tags", {"tags": wrong}, role="service")
    for name, wrong in NO_QUANTITIES.items():
        tag = {"object": "bottle", "quantity": wrong}
        yield Bad(f"quantity {name}", "PUT", "photos/1/tags", {"tags": [tag]}, role="service")
    yield Bad("tags missing", "PUT", "photos/1/tags", {}, role="service")
    for method, path in (("PUT", "/tags"), ("POST", "/approve"), ("POST", "/revoke"), ("DELETE", "")):
        body: Json | None = {"tags": []} if path == "/tags" else None
        yield Bad(f"{method}{path} of an unknown photo", method, f"photos/99{path}", body, 404, "service")
        yield Bad(f"a user's {method}{path}", method, f"photos/1{path}", body, 403)
        for wrong in ("0", "-1", "abc", "9" * 16, "$ne"):
            yield Bad(f"{method}{path} of {wrong}", method, f"photos/{wrong}{path}", body, role="service")


def bad_rewards() -> Iterator[Bad]:
    """XP for administrators."""
    for name, wrong in NO_IDS.items():
        for field in ("admin_id", "photo_id"):
            yield Bad(
                f"reward's {field} {name}", "POST", "xp/reward", {**A_REWARD, field: wrong}, role="service"
            )
        if wrong is not None:
            yield Bad(f"reward's xp {name}", "POST", "xp/reward", {**A_REWARD, "xp": wrong}, role="service")
    for name, wrong in {**NO_TEXTS, "empty": "", "a colon": "a:b", "missing": None}.items():
        yield Bad(f"action {name}", "POST", "xp/reward", {**A_REWARD, "action": wrong}, role="service")
    yield Bad("a user rewards", "POST", "xp/reward", A_REWARD, 403)


def bad_people() -> Iterator[Bad]:
    """Users, teams and locations."""
    for name, wrong in NO_TEXTS.items():
        yield Bad(f"name {name}", "PUT", "users/1", {"name": wrong}, role="service")
        yield Bad(f"team's name {name}", "PUT", "teams/1", {"name": wrong}, role="service")
        yield Bad(f"location's name {name}", "PUT", "locations/city/1", {"name": wrong}, role="service")
    for name, wrong in {"text": "true", "a number": 1, "null": None}.items():
        yield Bad(f"show_name {name}", "PUT", "users/1", {"show_name": wrong}, role="service")
        yield Bad(
            f"safeguarding {name}", "PUT", "teams/1", {"name": "a", "safeguarding": wrong}, role="service"
        )
    for wrong in ("irl", "i", "1e", 5):
        yield Bad(f"flag {wrong}", "PUT", "users/1", {"global_flag": wrong}, role="service")
    for name, link in {"no URL": "me", "a script": "javascript:alert(1)", "a number": 5}.items():
        yield Bad(f"social {name}", "PUT", "users/1", {"social": {"web": link}}, role="service")
    yield Bad("social with a dot", "PUT", "users/1", {"social": {"a.b": "https://a.b"}}, role="service")
    yield Bad("active_team 0", "PUT", "users/1", {"active_team": 0}, role="service")
    yield Bad("a user tells", "PUT", "users/1", {"name": "a"}, 403)
    yield Bad("kind unknown", "PUT", "teams/1", {"name": "a", "kind": "gang"}, role="service")
    yield Bad("team without a name", "PUT", "teams/1", {}, role="service")
    member = {"show_name_leaderboards": "yes"}
    yield Bad("member in words", "PUT", "teams/1/members/1", member, role="service")
    yield Bad("a planet", "PUT", "locations/planet/1", {"name": "a"}, role="service")
    yield Bad("parent 0", "PUT", "locations/state/1", {"name": "a", "parent": 0}, role="service")
    for wrong in ("0", "abc", "9" * 16):
        for path in (
            f"users/{wrong}",
            f"teams/{wrong}",
            f"teams/1/members/{wrong}",
            f"locations/city/{wrong}",
        ):
            yield Bad(f"PUT {path}", "PUT", path, {"name": "a"}, role="service")
        yield Bad(f"states of {wrong}", "GET", f"v1/locations/country/{wrong}")
    yield Bad("another's setting", "POST", "settings/leaderboard-name?user_id=2", status=403)
    yield Bad("nobody's setting", "POST", "settings/leaderboard-name", role="service")
    yield Bad(
        "an unknown user's setting", "POST", "settings/leaderboard-name?user_id=9", None, 404, "service"
    )


CASES = [*bad_questions(), *bad_photos(), *bad_tags(), *bad_rewards(), *bad_people()]
