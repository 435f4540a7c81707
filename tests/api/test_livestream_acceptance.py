"""What livestream sessions have to do, line by line."""

from typing import Any

from bson import ObjectId
from game_world import Store, together
from livestream_world import RECEIVERS_OF_STARTED, STREAMER, Live, ids_of, owed_by, stored_session, work_off
from redis import Redis
from workers import run_jobs

from app.kit.clock import to_millis, utc_now
from app.livestream.signals import SESSION_STARTED
from app.resources import Resources
from app.workers.livestream import sweep_follow_ups

pytest_plugins = ["game_fixtures", "livestream_fixtures"]


class Heard:
    """A receiver that counts."""

    def __init__(self, resources: Resources) -> None:
        self.sessions: list[str] = []
        resources.livestream.signals.livestream.connect(self.hear, sender=SESSION_STARTED, weak=False)

    async def hear(self, _: str, *, session_id: ObjectId, **__: Any) -> None:
        self.sessions.append(str(session_id))


async def test_20_1_the_first_post_makes_a_session(live: Live) -> None:
    """Line 20.1."""
    await live.tell_user(STREAMER, "country:tw", "hashtag:song", "badge:new", "badge:gold", "feed:x:1")
    before = to_millis(utc_now())

    answer = await live.post()
    session = answer.json()

    assert answer.status_code == 201
    assert answer.headers["location"] == f"/sessions/{session['id']}"
    assert session["status"] == {"preset": "preview"}
    assert session["active"] is True
    assert before <= session["statuses"]["created"] <= to_millis(utc_now())
    assert session["tags"] == ["country:tw", "hashtag:song", "badge:new"]


async def test_20_1_the_second_post_answers_the_same_session_and_announces_nothing(
    live: Live, api: Any
) -> None:
    """Line 20.1."""
    heard = Heard(api.state.resources)
    first = await live.post()
    await work_off(api.state.resources.livestream.follow_ups)
    second = await live.post()
    await work_off(api.state.resources.livestream.follow_ups)

    assert (first.status_code, second.status_code) == (201, 200)
    assert second.json()["id"] == first.json()["id"]
    assert second.headers["location"] == first.headers["location"]
    assert heard.sessions == [first.json()["id"]]


async def test_20_1_a_hundred_posts_at_once_make_one_session(live: Live, api: Any, store: Store) -> None:
    """Line 20.1."""
    heard = Heard(api.state.resources)
    answers = await together(*(live.post() for _ in range(100)))
    await work_off(api.state.resources.livestream.follow_ups)

    assert sorted(answer.status_code for answer in answers) == [200] * 99 + [201]
    assert len(ids_of([answer.json() for answer in answers])) == 1
    assert store["sessions"].count_documents({}) == 1
    assert len(heard.sessions) == 1


async def test_20_2_a_started_source_names_the_new_session(live: Live) -> None:
    """Line 20.2."""
    named = str(ObjectId())
    await live.tell_source(STREAMER, "obs", session_id=named, started=to_millis(utc_now()))

    assert (await live.open())["id"] == named


async def test_20_2_a_source_that_has_not_started_is_ignored(live: Live) -> None:
    """Line 20.2."""
    named = str(ObjectId())
    await live.tell_source(STREAMER, "obs", session_id=named)

    assert (await live.open())["id"] != named


async def test_20_3_after_the_end_another_session_begins_with_the_rating_of_the_former(
    live: Live, api: Any
) -> None:
    """Line 20.3."""
    former = await live.open_and_end(rating={"current": 4.6, "current_count": 31})
    session = await live.open()
    await work_off(api.state.resources.livestream.follow_ups)

    assert session["id"] != former["id"]
    assert (await live.read(session))["rating"] == {
        "current": 4.6,
        "current_count": 31,
        "previous": 4.6,
        "previous_count": 31,
    }


async def test_20_8_a_session_whose_maker_died_before_waking_anybody_is_announced(
    live: Live, api: Any, store: Store
) -> None:
    """Line 20.8."""
    await live.tell_user(STREAMER, "badge:livestream_night")
    owed = api.state.resources.livestream.follow_ups.of(SESSION_STARTED, now=utc_now())
    # The write alone, as if the process had ended right after it.
    session_id = stored_session(store, follow_ups=owed)["_id"]

    await sweep_follow_ups({"resources": api.state.resources})
    await run_jobs(api.state.resources)

    assert owed_by(store, session_id) == []
    assert (await live.read({"id": str(session_id)}))["metadata"]["name"] == "badge:livestream_night"


async def test_20_8_a_session_whose_jobs_were_flushed_is_announced(
    live: Live, api: Any, store: Store, redis_url: str
) -> None:
    """Line 20.8."""
    await live.tell_user(STREAMER, "badge:livestream_night")
    session = await live.open()
    with Redis.from_url(redis_url) as redis:
        redis.flushall()
    assert set(owed_by(store, session["id"])) == RECEIVERS_OF_STARTED

    await sweep_follow_ups({"resources": api.state.resources})
    await run_jobs(api.state.resources)

    assert owed_by(store, session["id"]) == []
    assert (await live.read(session))["metadata"]["name"] == "badge:livestream_night"


async def test_20_8_the_jobs_that_a_post_puts_into_the_queue_do_every_follow_up(
    live: Live, api: Any, store: Store
) -> None:
    """Line 20.8."""
    session = await live.open()

    await run_jobs(api.state.resources)

    assert owed_by(store, session["id"]) == []
