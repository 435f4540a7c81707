"""What happens to a session inside MongoDB, on rows one can check by eye."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from bson import ObjectId
from game_world import Json, Store
from livestream_world import a_session

from app.aggregations.sessions import (
    activated,
    active_or_named,
    changed,
    ended,
    owed_besides,
    owed_if_changed,
    started,
)
from app.aggregations.sources import (
    AS_LIST,
    LATEST_FIRST,
    ONE_EACH,
    ONLY_THE_FIRST,
    SESSION_ID,
    STARTED_AND_NAMED,
    THE_SOURCE_ITSELF,
    facts_of,
    named_session,
    online_devices,
    own_tags,
)
from app.aggregations.stages import Pipeline
from app.aggregations.viewers import without_stale_marks

pytest_plugins = ["game_fixtures"]

ANN, BOB = ObjectId(), ObjectId()
OLD, NEW = ObjectId(), ObjectId()
NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)
ONE = datetime(2030, 1, 1, 13, tzinfo=UTC)


# Sources

OBS = {"metadata": {"session_id": OLD}, "statuses": {"started": NOON}}
PHONE = {"metadata": {"session_id": NEW}, "statuses": {"started": ONE}}
SILENT = {"metadata": {"session_id": ObjectId()}, "statuses": {}}
NAMELESS: Json = {"metadata": {}, "statuses": {"started": ONE}}


@pytest.fixture
def sources(store: Store) -> Store:
    named = {"silent": SILENT, "obs": OBS, "nameless": NAMELESS, "phone": PHONE}
    store["sources"].insert_many(
        [{"_id": 1, "user": ANN, "sources": named}, {"_id": 2, "user": BOB, "sources": {"obs": OBS}}]
    )
    return store


def rows(store: Store, *stages: Json, user: ObjectId = ANN) -> list[Json]:
    return list(store["sources"].aggregate([{"$match": {"user": user}}, *stages]))


def test_sources_become_a_list(sources: Store) -> None:
    assert rows(sources, AS_LIST, user=BOB) == [{"_id": 2, "sources": [{"k": "obs", "v": OBS}]}]


def test_each_source_becomes_a_row(sources: Store) -> None:
    names = [row["sources"]["k"] for row in rows(sources, AS_LIST, ONE_EACH)]

    assert names == ["silent", "obs", "nameless", "phone"]


def test_a_row_becomes_the_source_itself(sources: Store) -> None:
    assert rows(sources, AS_LIST, ONE_EACH, THE_SOURCE_ITSELF) == [SILENT, OBS, NAMELESS, PHONE]


def test_sources_that_have_not_started_or_name_no_session_fall_out(sources: Store) -> None:
    assert rows(sources, AS_LIST, ONE_EACH, THE_SOURCE_ITSELF, STARTED_AND_NAMED) == [OBS, PHONE]


def test_the_source_that_started_last_is_first(sources: Store) -> None:
    stages = (AS_LIST, ONE_EACH, THE_SOURCE_ITSELF, STARTED_AND_NAMED, LATEST_FIRST, ONLY_THE_FIRST)

    assert rows(sources, *stages) == [PHONE]


def test_the_sessions_id_is_what_is_left() -> None:
    assert named_session(ANN)[-1] == SESSION_ID


@pytest.mark.parametrize(("user", "named"), [(ANN, [NEW]), (BOB, [OLD]), (ObjectId(), [])])
def test_a_streamers_sources_name_one_session_or_none(
    sources: Store, user: ObjectId, named: list[ObjectId]
) -> None:
    found = sources["sources"].aggregate(named_session(user))

    assert list(found) == [{"session_id": session_id} for session_id in named]


# What else is looked up with them


def test_a_users_tags_are_found(store: Store) -> None:
    store["users"].insert_many([{"_id": ANN, "username": "ann", "tags": ["a"]}, {"_id": BOB, "tags": ["b"]}])

    assert list(store["users"].aggregate(own_tags(ANN))) == [{"tags": ["a"]}]


def test_kinds_of_devices_are_found_that_are_asked_for_and_online(store: Store) -> None:
    store["devices"].insert_many(
        [
            {"token": "1", "user": ANN, "kind": "lovense", "online": True},
            {"token": "2", "user": ANN, "kind": "lovense", "online": True},
            {"token": "3", "user": ANN, "kind": "push", "online": True},
            {"token": "4", "user": ANN, "kind": "other", "online": False},
            {"token": "5", "user": BOB, "kind": "other", "online": True},
        ]
    )

    found = store["devices"].aggregate(online_devices(ANN, ["lovense", "other"]))

    assert list(found) == [{"devices": ["lovense"]}]


def test_all_of_it_is_one_question(sources: Store) -> None:
    sources["users"].insert_one({"_id": ANN, "username": "ann", "tags": ["a"]})
    sources["devices"].insert_one({"token": "1", "user": ANN, "kind": "lovense", "online": True})

    found = sources["sources"].aggregate(facts_of(ANN, ["lovense"]))

    assert list(found) == [{"session_id": NEW}, {"tags": ["a"]}, {"devices": ["lovense"]}]


def test_of_a_streamer_nobody_has_told_of_nothing_is_found(store: Store) -> None:
    assert list(store["sources"].aggregate(facts_of(ANN, ["lovense"]))) == []


# Sessions

OWED = [{"id": ObjectId(), "name": "x/y", "due_at": NOON, "attempt": 0, "last_error": None}]
EARLIER = [{"id": ObjectId(), "name": "x/y", "due_at": ONE, "attempt": 4, "last_error": "away"}]
OTHERS = [{"id": ObjectId(), "name": "x/z", "due_at": ONE, "attempt": 0, "last_error": None}]


def updated(store: Store, update: Pipeline, **fields: Any) -> Json:
    """A session with these fields after an update."""
    session = a_session(statuses={"created": NOON}, **fields)
    store["sessions"].insert_one(session)
    store["sessions"].update_one({"_id": session["_id"]}, update)
    found = store["sessions"].find_one({"_id": session["_id"]})
    assert found is not None
    return found


def activate(owed: Sequence[Json] = OWED) -> Pipeline:
    return activated(a_session(title="$title", tags=["$tags"], statuses={"created": ONE}), owed=owed)


def test_where_no_session_is_the_new_one_is_stored_as_it_was_said(store: Store) -> None:
    new_session = a_session(title="$title", tags=["$tags"], statuses={"created": ONE})
    del new_session["follow_ups"]
    update = activated(new_session, owed=OWED)
    store["sessions"].update_one(active_or_named(new_session), update, upsert=True)

    assert list(store["sessions"].find()) == [{**new_session, "follow_ups": OWED}]


def test_an_active_session_stays_as_it_is(store: Store) -> None:
    assert updated(store, activate(), title="old")["title"] == "old"
    assert updated(store, activate(), user=BOB, follow_ups=EARLIER)["follow_ups"] == EARLIER


def test_a_session_that_was_not_active_is_announced(store: Store) -> None:
    session = updated(store, activate(), active=False, title="old")

    assert (session["active"], session["title"], session["follow_ups"]) == (True, "old", OWED)


def test_what_is_owed_besides_replaces_what_was_owed_by_that_name(store: Store) -> None:
    session = updated(store, [owed_besides(OWED)], follow_ups=EARLIER + OTHERS)

    assert session["follow_ups"] == OTHERS + OWED


def test_a_session_without_follow_ups_can_owe_some(store: Store) -> None:
    session = updated(store, [{"$unset": "follow_ups"}, owed_besides(OWED)])

    assert session["follow_ups"] == OWED


@pytest.mark.parametrize(("preset", "owed"), [("preview", []), ("sd", OWED), ("$status.preset", OWED)])
def test_only_another_value_is_announced(store: Store, preset: str, owed: list[Json]) -> None:
    session = updated(store, [owed_if_changed("status.preset", preset, owed=OWED)])

    assert session["follow_ups"] == owed


def test_values_are_set_as_they_were_said(store: Store) -> None:
    goals = [{"goal": "$title", "deep": {"list": ["$$ROOT"]}}]
    session = updated(store, [changed({"show_goal_pairs": goals, "metadata.viewer_count": 3})])

    assert (session["show_goal_pairs"], session["metadata"]) == (goals, {"viewer_count": 3})


def test_a_session_starts_once(store: Store) -> None:
    assert updated(store, started(now=NOON) + started(now=ONE))["statuses"]["started"] == NOON


def test_a_session_ends_once_and_is_announced_once(store: Store) -> None:
    session = updated(store, ended(owed=OWED, now=NOON) + ended(owed=OTHERS, now=ONE))

    assert (session["active"], session["statuses"]["ended"]) == (False, NOON)
    assert session["follow_ups"] == OWED


def test_what_an_ended_session_still_owes_stays_owed(store: Store) -> None:
    session = updated(store, ended(owed=OWED, now=NOON), follow_ups=OTHERS)

    assert session["follow_ups"] == OTHERS + OWED


# Viewers


def test_marks_that_are_as_old_as_that_go(store: Store) -> None:
    marks = {"preview": {"a": NOON, "b": ONE}}
    store["stream_viewers"].insert_one({"_id": 1, "streamer": ANN, "viewers": marks})
    store["stream_viewers"].update_one({}, without_stale_marks(["preview", "sd"], seen_after=NOON))

    assert list(store["stream_viewers"].find()) == [
        {"_id": 1, "streamer": ANN, "viewers": {"preview": {"b": ONE}, "sd": {}}}
    ]
