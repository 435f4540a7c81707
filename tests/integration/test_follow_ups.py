"""What follows from a signal is done, each thing by itself, until it is done."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from bson import ObjectId
from conftest import SettingsFactory
from game_world import Json, Store, account, fingerprint
from livestream_world import RECEIVERS_OF_STARTED, STREAMER, owed_by, stored_session, work_off
from pymongo import MongoClient
from receiver_fakes import PRICE_SD, Calls, Clock, Process

from app.livestream.documents import Preset
from app.livestream.follow_ups import LEASE, PAUSES, Owed
from app.livestream.receivers import MARKS_KEPT
from app.livestream.sessions import SessionChange, Wish
from app.livestream.signals import RATING_UPDATED, SESSION_ENDED, SESSION_STARTED
from app.resources import Resources, open_resources

pytest_plugins = ["game_fixtures"]

USER = ObjectId(account(STREAMER))
GOALS = [{"goal": "a song", "diamonds": 100}, {"goal": "a dance", "diamonds": 500}]


@pytest.fixture
def process(resources: Resources) -> Process:
    return Process(resources.jobs, Calls(), Clock())


@pytest.fixture
def other(resources: Resources, process: Process) -> Process:
    """Another process, with a clock and outside world in common."""
    return Process(resources.jobs, process.calls, process.clock)


def owing(store: Store, process: Process, sender: str = SESSION_STARTED, **fields: Any) -> str:
    """A session that has just been made active, or whatever the sender says."""
    owed = process.follow_ups.of(sender, now=process.clock.now)
    return str(stored_session(store, follow_ups=owed, **fields)["_id"])


def stored(store: Store, session_id: str) -> Json:
    found = store["sessions"].find_one({"_id": ObjectId(session_id)})
    assert found is not None
    return found


async def do(process: Process, session_id: str, receiver: str, sender: str = SESSION_STARTED) -> bool:
    return await process.follow_ups.do(Owed(session_id, f"{sender}/{receiver}"), now=process.clock.now)


# What every receiver has in common


async def test_a_session_made_active_owes_one_follow_up_per_receiver(process: Process, store: Store) -> None:
    session, is_new = await process.sessions.activate(account(STREAMER), Wish(), now=process.clock.now)

    assert is_new
    assert sorted(owed_by(store, session["_id"])) == sorted(RECEIVERS_OF_STARTED)


async def test_all_are_done_and_nothing_is_owed_any_more(process: Process, store: Store) -> None:
    session_id = owing(store, process)
    await work_off(process.follow_ups, now=process.clock.now)

    assert owed_by(store, session_id) == []
    assert process.calls.wanted == [("want", USER)]
    assert process.calls.notified == [(ObjectId(session_id), USER)]


async def test_a_failing_receiver_neither_stops_nor_repeats_the_others(
    process: Process, store: Store
) -> None:
    session_id = owing(store, process)
    process.calls.away.add("notify_followers")
    await work_off(process.follow_ups, now=process.clock.now)
    done_meanwhile = process.calls.wanted, len(process.calls.published), len(process.calls.forgotten)
    assert owed_by(store, session_id) == ["session.started/notify_followers_livestream_online"]

    process.calls.away.clear()
    await work_off(process.follow_ups, now=process.clock.pass_by(seconds=1))

    assert owed_by(store, session_id) == []
    assert process.calls.notified == [(ObjectId(session_id), USER)]
    assert done_meanwhile == ([("want", USER)], 1, 4)
    assert (
        process.calls.wanted,
        len(process.calls.published),
        len(process.calls.forgotten),
    ) == done_meanwhile


async def test_what_fails_rests_and_says_why(process: Process, store: Store) -> None:
    session_id = owing(store, process)
    process.calls.away.add("want")
    assert not await do(process, session_id, "generate_livestream_feed")

    assert not await do(process, session_id, "generate_livestream_feed")
    (put_off,) = [
        one
        for one in stored(store, session_id)["follow_ups"]
        if one["name"].endswith("generate_livestream_feed")
    ]
    assert put_off["due_at"] == process.clock.now + PAUSES.first
    assert put_off["last_error"] == "Away: want"
    assert put_off["attempt"] == 1


async def test_one_at_a_time_does_a_follow_up(process: Process, other: Process, store: Store) -> None:
    session_id = owing(store, process)
    done = await asyncio.gather(
        *(do(one, session_id, "generate_livestream_feed") for one in [process, other] * 10)
    )

    assert done.count(True) == 1
    assert process.calls.wanted == [("want", USER)]


async def test_what_a_dead_worker_had_taken_is_done_when_its_time_is_over(
    process: Process, other: Process, store: Store
) -> None:
    session_id = owing(store, process)
    process.signals.livestream.connect(killed, sender=SESSION_STARTED, weak=False)
    store["sessions"].update_one(
        {},
        {"$set": {"follow_ups.0.name": "session.started/killed", "follow_ups.0.due_at": process.clock.now}},
    )
    with pytest.raises(asyncio.CancelledError):
        await do(process, session_id, "killed")
    other.signals.livestream.connect(killed_no_more := Ran("killed"), sender=SESSION_STARTED, weak=False)

    assert not await do(other, session_id, "killed")
    other.clock.pass_by(seconds=LEASE.total_seconds())
    assert await do(other, session_id, "killed")
    assert killed_no_more.times == 1


async def test_a_slow_worker_does_not_remove_what_is_owed_anew(
    process: Process, other: Process, store: Store
) -> None:
    session_id = owing(store, process, RATING_UPDATED)

    async def rated_meanwhile(_: str, **__: object) -> None:
        await other.sessions.change(session_id, SessionChange(rating=(4.0, 3)), now=other.clock.now)

    slow = Ran("notify_viewers_rating", rated_meanwhile)
    process.signals.livestream.disconnect(process.receivers.notify_viewers_rating, sender=RATING_UPDATED)
    process.signals.livestream.connect(slow, sender=RATING_UPDATED, weak=False)
    assert await do(process, session_id, "notify_viewers_rating", RATING_UPDATED)
    assert owed_by(store, session_id) == ["rating.updated/notify_viewers_rating"]

    assert await do(other, session_id, "notify_viewers_rating", RATING_UPDATED)
    assert owed_by(store, session_id) == []
    assert process.calls.published[-1][2]["current"] == 4.0


async def test_a_receiver_that_is_no_more_is_owed_nothing(process: Process, store: Store) -> None:
    session_id = owing(store, process)
    store["sessions"].update_one({}, {"$set": {"follow_ups.0.name": "session.started/of_a_former_version"}})

    assert await do(process, session_id, "of_a_former_version")
    assert "session.started/of_a_former_version" not in owed_by(store, session_id)


ALL_RECEIVERS = [
    *sorted(RECEIVERS_OF_STARTED),
    "session.ended/rebuild_livestream_feed",
    "session.ended/notify_viewers_session_ended",
    "preset.changed/notify_viewers_preset",
    "rating.updated/notify_viewers_rating",
]


@pytest.mark.parametrize("name", ALL_RECEIVERS)
async def test_a_receiver_that_runs_twice_stores_what_it_does_once(
    process: Process, store: Store, name: str
) -> None:
    sender, _, receiver = name.partition("/")
    store["users"].insert_one({"_id": USER, "username": "ann", "tags": ["badge:livestream_night"]})
    stored_session(store, active=False, statuses__started=process.clock.now, rating__current=4.5)
    store["stream_viewers"].insert_one(
        {"streamer": USER, "viewers": {"sd": {account(7): process.clock.now - 2 * MARKS_KEPT}}}
    )
    created = process.clock.pass_by(minutes=1)
    session_id = owing(store, process, sender, statuses__created=created, show_goal_pairs=GOALS)
    twice = [one for one in stored(store, session_id)["follow_ups"] if one["name"] == name]
    assert await do(process, session_id, receiver, sender)
    once = without_ids_of_follow_ups(store)
    store["sessions"].update_one({"_id": ObjectId(session_id)}, {"$push": {"follow_ups": {"$each": twice}}})
    assert await do(process, session_id, receiver, sender)

    assert without_ids_of_follow_ups(store) == once


# What each does


async def test_a_session_is_named_by_the_first_badge_for_it(process: Process, store: Store) -> None:
    tags = ["badge:new", "badge:livestream_night", "badge:livestream_day"]
    store["users"].insert_one({"_id": USER, "username": "ann", "tags": tags})
    session_id = owing(store, process)
    await do(process, session_id, "set_session_name")

    assert stored(store, session_id)["metadata"]["name"] == "badge:livestream_night"


async def test_a_session_without_such_a_badge_keeps_its_name(process: Process, store: Store) -> None:
    session_id = owing(store, process, metadata__name="of old")

    assert await do(process, session_id, "set_session_name")
    assert stored(store, session_id)["metadata"]["name"] == "of old"


async def test_those_who_watch_hear_how_a_session_is_shown(process: Process, store: Store) -> None:
    session_id = owing(store, process, status__preset="sd", pricing={"preview": 0, "sd": PRICE_SD})
    await do(process, session_id, "notify_viewers_livestream_online")

    told = {"session_id": session_id, "preset": "sd", "price": PRICE_SD}
    assert process.calls.published == [(f"presence-session@{session_id}", "stream.preset.sd", told)]


async def test_each_existing_goal_is_told(process: Process, store: Store) -> None:
    session_id = owing(store, process, show_goal_pairs=GOALS)
    await do(process, session_id, "notify_existing_show_goal")

    channel = f"presence-session@{session_id}"
    assert process.calls.published == [(channel, "show_goal.updated", goal) for goal in GOALS]


async def test_without_goals_none_is_told(process: Process, store: Store) -> None:
    session_id = owing(store, process)

    assert await do(process, session_id, "notify_existing_show_goal")
    assert process.calls.published == []


async def test_the_channels_of_the_streamer_are_found_out_anew(process: Process, store: Store) -> None:
    session_id = owing(store, process)
    await do(process, session_id, "invalidate_cached_pusher_channel_data")

    kinds = ("private-user", "private-enc-user", "private-stream", "private-enc-stream")
    assert process.calls.forgotten == [f"{kind}@{account(STREAMER)}" for kind in kinds]


async def test_marks_of_three_days_ago_go(process: Process, store: Store) -> None:
    now = process.clock.now
    old, recent = now - MARKS_KEPT, now - MARKS_KEPT + timedelta(seconds=1)
    viewers = {"preview": {account(7): old, account(8): recent}, "sd": {account(9): old}}
    store["stream_viewers"].insert_one({"streamer": USER, "viewers": viewers})
    session_id = owing(store, process)
    await do(process, session_id, "cleanup_stale_stream_viewers")

    (left,) = store["stream_viewers"].find()
    assert left["viewers"] == {"preview": {account(8): recent}, "sd": {}}


async def test_the_end_of_a_session_rebuilds_feeds_and_is_told(process: Process, store: Store) -> None:
    session_id = owing(store, process, SESSION_ENDED)
    await work_off(process.follow_ups, now=process.clock.now)

    assert process.calls.wanted == [("want_soon", USER)]
    told = {"session_id": session_id}
    assert process.calls.published == [(f"presence-session@{session_id}", "session.ended", told)]


async def test_a_session_is_made_while_redis_is_away_and_announced_later(
    settings_for: SettingsFactory, mongo: MongoClient[Json]
) -> None:
    settings = settings_for(redis_url="redis://127.0.0.1:9/0")
    async with open_resources(settings) as resources:
        process = Process(resources.jobs, Calls(), Clock())
        session, is_new = await process.sessions.activate(account(STREAMER), Wish(), now=process.clock.now)
        await work_off(process.follow_ups, now=process.clock.now)

    assert is_new
    assert owed_by(mongo[settings.mongodb_database], session["_id"]) == []


# Ratings


async def rate(process: Process, session_id: str) -> None:
    assert await do(process, session_id, "initialize_session_rating")


async def test_a_session_takes_over_the_rating_of_the_latest_that_has_one(
    process: Process, store: Store
) -> None:
    for rating, hours in ((3.0, 3), (4.0, 2), (None, 1)):
        started = process.clock.now - timedelta(hours=hours)
        stored_session(
            store, active=False, statuses__started=started, rating={"current": rating, "current_count": 10}
        )
    stored_session(
        store, active=False, statuses__started=process.clock.now, rating={"current": 5.0, "current_count": 1}
    )
    session_id = owing(store, process, statuses__created=process.clock.now)
    await rate(process, session_id)

    assert stored(store, session_id)["rating"] == {
        "current": 4.0,
        "current_count": 10,
        "previous": 4.0,
        "previous_count": 10,
    }


async def test_a_rating_taken_over_is_announced(process: Process, store: Store) -> None:
    an_hour_ago = process.clock.now - timedelta(hours=1)
    stored_session(store, active=False, statuses__started=an_hour_ago, rating__current=4.5)
    session_id = owing(store, process, statuses__created=process.clock.now)
    await work_off(process.follow_ups, now=process.clock.now)

    (told,) = [data for _, event, data in process.calls.published if event == RATING_UPDATED]
    assert told == {
        "session_id": session_id,
        "current": 4.5,
        "current_count": 0,
        "previous": 4.5,
        "previous_count": 0,
    }


async def test_a_rating_that_came_meanwhile_stays(process: Process, store: Store) -> None:
    an_hour_ago = process.clock.now - timedelta(hours=1)
    stored_session(store, active=False, statuses__started=an_hour_ago, rating__current=4.5)
    session_id = owing(store, process, statuses__created=process.clock.now, rating__current=2.0)
    await rate(process, session_id)

    assert stored(store, session_id)["rating"]["current"] == 2.0
    assert "rating.updated/notify_viewers_rating" not in owed_by(store, session_id)


async def test_a_first_session_stays_unrated(process: Process, store: Store) -> None:
    session_id = owing(store, process)
    await rate(process, session_id)

    assert stored(store, session_id)["rating"] == {"current_count": 0, "previous_count": 0}


# Changes


async def test_another_preset_is_told_once(process: Process, store: Store) -> None:
    session_id = str(stored_session(store)["_id"])
    for _ in range(2):
        await process.sessions.change(session_id, SessionChange(preset=Preset.SD), now=process.clock.now)
        await work_off(process.follow_ups, now=process.clock.now)

    assert [event for _, event, _ in process.calls.published] == ["stream.preset.sd"]


class Ran:
    """A receiver of that name that counts how often it has run."""

    def __init__(self, name: str, act: Callable[..., Awaitable[None]] | None = None) -> None:
        self.__name__ = name
        self.times = 0
        self._act = act

    async def __call__(self, sender: str, **told: object) -> None:
        self.times += 1
        if self._act is not None:
            await self._act(sender, **told)


async def killed(_: str, **__: object) -> None:
    raise asyncio.CancelledError


def without_ids_of_follow_ups(store: Store) -> dict[str, str]:
    """A fingerprint in which follow-ups that are owed anew look like the former ones."""
    for session in store["sessions"].find():
        same = [{**one, "id": 0} for one in session["follow_ups"]]
        store["sessions"].update_one({"_id": session["_id"]}, {"$set": {"follow_ups": same}})
    return fingerprint(store)
