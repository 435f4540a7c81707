"""Sessions and users over HTTP."""

from datetime import UTC, datetime
from typing import Any

import pytest
from bson import ObjectId
from conftest import HeadersBuilder, SettingsFactory
from game_world import Json, Store, account, problem_of, together
from livestream_world import OTHER, STREAMER, VIEWER, Live, owed_by, stored_session, work_off

from app.kit.clock import to_millis, utc_now
from app.settings import Settings

pytest_plugins = ["game_fixtures", "livestream_fixtures"]

NOWHERE = {"id": str(ObjectId())}


@pytest.fixture
def settings(settings_for: SettingsFactory) -> Settings:
    return settings_for(session_price_sd=25)


# A session


async def test_a_new_session_is_shown_whole(live: Live) -> None:
    answer = await live.post(title="Evening")
    session = answer.json()

    assert session == {
        "id": session["id"],
        "_id": session["id"],
        "user": account(STREAMER),
        "title": "Evening",
        "active": True,
        "status": {"preset": "preview"},
        "statuses": {"created": session["statuses"]["created"], "started": None, "ended": None},
        "pricing": {"preview": 0, "sd": 25},
        "tags": [],
        "show_goal_pairs": [],
        "exclusive_goal_pairs": [],
        "rating": {"current": None, "current_count": 0, "previous": None, "previous_count": 0},
        "metadata": {"name": None, "viewer_count": 0},
    }


async def test_a_post_needs_no_body(live: Live, player: HeadersBuilder) -> None:
    answer = await live.http.post("/sessions", headers=player(account(STREAMER)))

    assert answer.status_code == 201


async def test_a_title_that_looks_like_a_field_is_a_title(live: Live) -> None:
    assert (await live.open(title="$user"))["title"] == "$user"


async def test_an_active_session_keeps_its_title(live: Live) -> None:
    await live.open(title="first")

    assert (await live.open(title="second"))["title"] == "first"


async def test_two_streamers_have_two_sessions(live: Live) -> None:
    assert (await live.open(STREAMER))["id"] != (await live.open(OTHER))["id"]


async def test_a_service_asks_for_a_streamer(live: Live, service: HeadersBuilder) -> None:
    answer = await live.http.post(f"/sessions?account_id={account(OTHER)}", headers=service())

    assert (answer.status_code, answer.json()["user"]) == (201, account(OTHER))


async def test_a_service_has_to_say_for_whom(live: Live, service: HeadersBuilder) -> None:
    answer = await live.http.post("/sessions", headers=service())

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["parameter"] == "account_id"


async def test_a_player_asks_for_nobody_else(live: Live, player: HeadersBuilder) -> None:
    answer = await live.http.post(f"/sessions?account_id={account(OTHER)}", headers=player(account(STREAMER)))

    assert problem_of(answer) == (403, "other-account")


@pytest.mark.parametrize(
    ("kind", "online", "asked", "tags"),
    [
        ("lovense", True, True, ["device:lovense"]),
        ("lovense", True, False, []),
        ("lovense", False, True, []),
        ("push", True, True, []),
    ],
)
async def test_a_session_is_tagged_with_an_online_device_when_that_is_asked_for(  # one row per reason
    live: Live, kind: str, *, online: bool, asked: bool, tags: list[str]
) -> None:
    await live.tell_device(STREAMER, "toy", kind, online=online)

    assert (await live.open(attach_lovense_online_device=asked))["tags"] == tags


async def test_any_signed_in_account_reads_a_session(live: Live, player: HeadersBuilder) -> None:
    session = await live.open()
    answer = await live.http.get(f"/sessions/{session['id']}", headers=player(account(VIEWER)))

    assert answer.json() == session


# Whose id it is


async def test_a_named_session_of_somebody_else_is_left_alone(live: Live, store: Store) -> None:
    others = await live.open(OTHER)
    await live.tell_source(STREAMER, session_id=others["id"], started=1)
    session = await live.open(STREAMER)

    assert session["id"] != others["id"]
    assert await live.read(others) == others
    assert store["sessions"].count_documents({}) == 2


async def test_a_named_session_that_has_ended_stays_ended(live: Live) -> None:
    former = await live.open_and_end()
    await live.tell_source(STREAMER, session_id=former["id"], started=1)
    session = await live.open()

    assert session["id"] != former["id"]
    assert await live.read(former) == former


async def test_a_named_session_that_waits_is_made_active_and_announced(live: Live, store: Store) -> None:
    waiting = stored_session(store, active=False, title="prepared")
    await live.tell_source(STREAMER, session_id=str(waiting["_id"]), started=1)
    answer = await live.post(title="another")

    assert (answer.status_code, answer.json()["title"]) == (200, "prepared")
    assert answer.json()["active"] is True
    assert len(owed_by(store, waiting["_id"])) == 8


async def test_an_active_session_goes_before_one_that_is_named(live: Live, store: Store) -> None:
    waiting = stored_session(store, active=False)
    active = await live.open()
    await live.tell_source(STREAMER, session_id=str(waiting["_id"]), started=1)

    assert (await live.open())["id"] == active["id"]


async def test_a_hundred_posts_for_a_named_session_make_that_one(live: Live, store: Store) -> None:
    named = str(ObjectId())
    await live.tell_source(STREAMER, session_id=named, started=1)
    answers = await together(*(live.post() for _ in range(100)))

    assert {answer.json()["id"] for answer in answers} == {named}
    assert store["sessions"].count_documents({}) == 1


async def test_posts_and_ends_at_once_leave_at_most_one_active_session(live: Live, store: Store) -> None:
    session = await live.open()
    await together(*(call for _ in range(20) for call in (live.open(), live.end(session))))

    assert store["sessions"].count_documents({"active": True}) <= 1
    assert store["sessions"].count_documents({"active": True, "statuses.ended": {"$ne": None}}) == 0


async def test_the_source_that_started_last_names_the_session(live: Live) -> None:
    earlier, later = str(ObjectId()), str(ObjectId())
    await live.tell_source(STREAMER, "phone", session_id=later, started=2_000)
    await live.tell_source(STREAMER, "obs", session_id=earlier, started=1_000)

    assert (await live.open())["id"] == later


# What services tell


async def test_a_change_is_answered_with_the_session(live: Live) -> None:
    session = await live.open()
    goals = [{"goal": "a song", "diamonds": 100}]
    changed = await live.change(
        session,
        preset="sd",
        show_goal_pairs=goals,
        exclusive_goal_pairs=goals,
        viewer_count=40,
        rating={"current": 4.6, "current_count": 25},
        unknown="ignored",
    )

    assert changed == session | {
        "status": {"preset": "sd"},
        "show_goal_pairs": goals,
        "exclusive_goal_pairs": goals,
        "metadata": {"name": None, "viewer_count": 40},
        "rating": session["rating"] | {"current": 4.6, "current_count": 25},
    }
    assert await live.read(session) == changed


async def test_a_change_of_nothing_changes_nothing(live: Live) -> None:
    session = await live.open()

    assert await live.change(session, preset=None) == session


async def test_a_rating_still_comes_after_the_end(live: Live) -> None:
    session = await live.open_and_end()

    assert (await live.change(session, rating={"current": 5, "current_count": 1}))["rating"]["current"] == 5


async def test_a_session_starts_when_that_is_said_first(live: Live) -> None:
    session = await live.open()
    before = to_millis(utc_now())
    started = (await live.start(session))["statuses"]["started"]

    assert before <= started <= to_millis(utc_now())
    assert (await live.start(session))["statuses"]["started"] == started


async def test_a_session_ends_when_that_is_said_first(live: Live, store: Store) -> None:
    session = await live.open()
    ended = await live.end(session)
    again = await live.end(session)

    assert ended["active"] is False
    assert again == ended
    assert sorted(name for name in owed_by(store, session["id"]) if name.startswith("session.ended/")) == [
        "session.ended/invalidate_cached_pusher_channel_data",
        "session.ended/notify_viewers_session_ended",
        "session.ended/rebuild_livestream_feed",
    ]


async def test_an_ended_session_does_not_start(live: Live, service: HeadersBuilder) -> None:
    session = await live.end(await live.open())
    answer = await live.http.post(f"/sessions/{session['id']}/start", headers=service())

    assert problem_of(answer) == (409, "session-ended")


async def test_an_ended_session_has_no_viewers(live: Live, service: HeadersBuilder) -> None:
    session = await live.end(await live.open())
    path = f"/sessions/{session['id']}/viewers/{account(VIEWER)}"
    answer = await live.http.put(path, json={"kind": "sd"}, headers=service())

    assert problem_of(answer) == (409, "session-ended")


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "", None),
        ("PATCH", "", {}),
        ("PATCH", "", {"viewer_count": 1}),
        ("POST", "/start", None),
        ("POST", "/end", None),
        ("PUT", f"/viewers/{account(VIEWER)}", {"kind": "sd"}),
    ],
)
async def test_an_unknown_session_is_not_found(
    live: Live, service: HeadersBuilder, method: str, path: str, body: Json | None
) -> None:
    answer = await live.http.request(method, f"/sessions/{NOWHERE['id']}{path}", json=body, headers=service())

    assert problem_of(answer) == (404, "unknown-session")


async def test_a_heartbeat_marks_a_viewer_by_kind(live: Live, store: Store) -> None:
    session = await live.open()
    await together(live.watch(session, 8, "preview"), live.watch(session, 9), live.watch(session, 9))

    (marks,) = store["stream_viewers"].find()
    assert marks["streamer"] == ObjectId(account(STREAMER))
    assert {kind: list(seen) for kind, seen in marks["viewers"].items()} == {
        "preview": [account(8)],
        "sd": [account(9)],
    }


async def test_a_late_heartbeat_makes_no_mark_older(live: Live, store: Store) -> None:
    session = await live.open()
    ahead = datetime(2100, 1, 1, tzinfo=UTC)
    store["stream_viewers"].insert_one(
        {"streamer": ObjectId(account(STREAMER)), "viewers": {"sd": {account(VIEWER): ahead}}}
    )
    await live.watch(session)

    (marks,) = store["stream_viewers"].find()
    assert marks["viewers"]["sd"][account(VIEWER)] == ahead


async def test_a_user_is_what_was_told_last(live: Live, store: Store) -> None:
    await live.tell_user(STREAMER, "country:fr", biography="sings")
    await live.tell_user(STREAMER, "country:tw", "country:tw")

    assert list(store["users"].find()) == [
        {
            "_id": ObjectId(account(STREAMER)),
            "username": f"user-{STREAMER}",
            "profile": {"biography": ""},
            "tags": ["country:tw"],
        }
    ]


async def test_somebody_follows_once_and_no_more(live: Live, store: Store) -> None:
    path = f"users/{account(STREAMER)}/followers/{account(VIEWER)}"
    await together(*(live.tell("PUT", path) for _ in range(10)))
    (follow,) = store["followers"].find({}, {"_id": 0})
    await live.tell("DELETE", path)
    await live.tell("DELETE", path)

    assert follow == {"streamer": ObjectId(account(STREAMER)), "follower": ObjectId(account(VIEWER))}
    assert store["followers"].count_documents({}) == 0


async def test_a_device_has_one_owner(live: Live, store: Store) -> None:
    await live.tell_device(STREAMER, "a:b-c_d.e", "push")
    await live.tell_device(OTHER, "a:b-c_d.e", "push")
    await live.tell("DELETE", f"users/{account(STREAMER)}/devices/a:b-c_d.e")

    (device,) = store["devices"].find()
    assert (device["user"], device["token"]) == (ObjectId(account(OTHER)), "a:b-c_d.e")


async def test_a_device_that_is_given_up_is_gone(live: Live, store: Store) -> None:
    await live.tell_device(STREAMER, "phone", "push")
    await live.tell("DELETE", f"users/{account(STREAMER)}/devices/phone")

    assert store["devices"].count_documents({}) == 0


async def test_what_is_owed_is_never_shown(live: Live, api: Any) -> None:
    session = await live.open()
    shown = [session, await live.read(session), await live.change(session, viewer_count=1)]
    await work_off(api.state.resources.livestream.follow_ups)

    assert all("follow_ups" not in one for one in shown)
