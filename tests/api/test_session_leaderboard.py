"""The diamond leaderboard over HTTP: what is counted, how fresh it is, a viewer's own place, the export."""

import asyncio
import json
import time
from datetime import timedelta
from typing import Any

import pytest
from bson import ObjectId
from earnings_world import Diamonds, ids, summed
from game_world import Json, Store, account
from livestream_world import Live, stored_session

from app.kit.clock import to_millis, utc_now

pytest_plugins = ["game_fixtures", "livestream_fixtures", "earnings_fixtures"]

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@pytest.fixture
async def session(live: Live) -> Json:
    return await live.start(await live.open())


def a_past_session(store: Store, begun: timedelta, ended: timedelta | None = None) -> Json:
    """A session that was shown so long ago, and perhaps ended since."""
    now = utc_now()
    over: dict[str, Any] = {} if ended is None else {"active": False, "statuses__ended": now - ended}
    row = stored_session(store, statuses__started=now - begun, **over)
    return {"id": str(row["_id"]), "user": str(row["user"])}


def earlier(by: timedelta) -> int:
    return to_millis(utc_now() - by)


async def test_a_session_that_was_never_shown_has_an_empty_list(diamonds: Diamonds, live: Live) -> None:
    session = await live.open()
    await diamonds.give(session, 7, gifts=5)

    answer = await diamonds.ask(session)

    assert (answer.status_code, answer.json()) == (200, [])
    assert answer.headers["x-total-count"] == "0"


async def test_equal_totals_are_in_the_order_of_ids(diamonds: Diamonds, session: Json) -> None:
    for viewer in (9, 3, 5):
        await diamonds.give(session, viewer, gifts=2)

    assert ids(await diamonds.lines(session)) == [3, 5, 9]


async def test_every_category_of_a_summary_is_there(diamonds: Diamonds, session: Json) -> None:
    await diamonds.give(session, 7, views=1)

    (line,) = await diamonds.lines(session)

    assert line["summary"] == {
        "total.diamonds.gifts": 0,
        "total.diamonds.views": 1,
        "total.diamonds.karaoke": 0,
        "total.diamonds.chat": 0,
        "total.diamonds.show": 0,
        "total.diamonds.exclusive": 0,
    }


async def test_one_category_alone_shows_who_gave_in_it(diamonds: Diamonds, session: Json) -> None:
    await diamonds.give(session, 7, chat=3, gifts=9)
    await diamonds.give(session, 8, gifts=1)

    (line,) = await diamonds.lines(session, category="chat")

    assert (line["total"], summed(line)) == (3, {"chat": 3, "views": 3})


async def test_days_reach_back_from_now(diamonds: Diamonds, store: Store) -> None:
    session = a_past_session(store, DAY * 40)
    for viewer, ago in ((1, HOUR), (2, DAY * 3), (3, DAY * 20), (4, DAY * 35)):
        await diamonds.post(diamonds.event(session, viewer, time=earlier(ago)))

    assert [ids(await diamonds.lines(session, days=days)) for days in (1, 7, 30)] == [[1], [1, 2], [1, 2, 3]]


async def test_what_came_more_than_an_hour_after_the_end_does_not_count(
    diamonds: Diamonds, store: Store
) -> None:
    session = a_past_session(store, HOUR * 20, HOUR * 10)
    for viewer, ago in ((1, HOUR * 15), (2, HOUR * 9), (3, HOUR * 7), (4, HOUR * 22)):
        await diamonds.post(diamonds.event(session, viewer, time=earlier(ago)))

    assert ids(await diamonds.lines(session)) == [1, 2]


async def test_sessions_of_one_streamer_do_not_mix(diamonds: Diamonds, live: Live, session: Json) -> None:
    await diamonds.give(session, 7, gifts=5)
    await live.end(session)
    other = await live.start(await live.open())
    await diamonds.give(other, 8, gifts=5)

    assert (ids(await diamonds.lines(session)), ids(await diamonds.lines(other))) == ([7], [8])


async def test_a_page_past_the_last_is_empty_and_counts(diamonds: Diamonds, session: Json) -> None:
    await diamonds.give(session, 7, gifts=5)

    answer = await diamonds.ask(session, page=1_000_000, limit=100)

    assert (answer.json(), answer.headers["x-total-count"]) == ([], "1")
    assert 'page=1&limit=100>; rel="last"' in answer.headers["link"]


async def test_links_keep_what_was_asked_for(diamonds: Diamonds, session: Json) -> None:
    answer = await diamonds.ask(session, days=7, category="views,chat", _=5)

    path = f"/sessions/{session['id']}/leaderboard"
    assert answer.headers["link"].startswith(f"<{path}?days=7&category=views%2Cchat&page=1&limit=15>")


async def test_an_answer_may_be_kept_for_five_seconds_while_the_session_goes_on(
    diamonds: Diamonds, session: Json
) -> None:
    headers = (await diamonds.ask(session)).headers

    assert (headers["cache-control"], headers["age"]) == ("private, max-age=5", "0")


async def test_an_answer_may_be_kept_for_longer_an_hour_after_the_end(
    diamonds: Diamonds, store: Store
) -> None:
    just_ended = a_past_session(store, HOUR * 3, timedelta(minutes=59))
    long_over = a_past_session(store, HOUR * 3, timedelta(minutes=61))

    answers = [await diamonds.ask(one) for one in (just_ended, long_over)]

    assert [one.headers["cache-control"] for one in answers] == ["private, max-age=5", "private, max-age=300"]


async def test_who_has_sent_earnings_finds_them_at_once(diamonds: Diamonds, session: Json) -> None:
    totals = []
    for _ in range(3):
        await diamonds.give(session, 7, gifts=1)
        totals += [line["total"] for line in await diamonds.lines(session)]

    assert totals == [1, 2, 3]


def earned_elsewhere(store: Store, session: Json, viewer: int, diamonds: int) -> None:
    """As another process records it."""
    store["earnings"].insert_one(
        {
            "user": ObjectId(session["user"]),
            "time": utc_now().replace(minute=0, second=0, microsecond=0),
            "part": viewer,
            "breakdown": {f"stream:gifts:{session['id']}": {account(viewer): {"total": diamonds}}},
            "revenue": diamonds,
        }
    )


async def test_what_another_process_recorded_is_there_after_a_moment_and_at_once_for_whoever_asks(
    diamonds: Diamonds, session: Json, store: Store
) -> None:
    before = await diamonds.lines(session)
    earned_elsewhere(store, session, 7, 5)

    kept = await diamonds.lines(session)
    kept_too = await diamonds.lines(session, _=int(time.time()) + 5)
    asked = await diamonds.lines(session, _=int(time.time()) + 8)

    assert (before, kept, kept_too) == ([], [], [])
    assert ids(asked) == [7]


async def test_viewers_who_poll_together_cost_one_page(
    diamonds: Diamonds, session: Json, store: Store
) -> None:
    await diamonds.give(session, 7, gifts=5)
    store.command("profile", 2)
    answers = await asyncio.gather(*(diamonds.ask(session) for _ in range(200)))
    store.command("profile", 0)
    ranked = store["system.profile"].count_documents({"command.aggregate": "earnings"})
    looked_up = store["system.profile"].count_documents({"command.find": "earnings"})
    store["system.profile"].drop()

    assert {answer.text for answer in answers} == {answers[0].text}
    assert (ranked, looked_up) == (1, 1)


async def test_a_viewer_sees_the_own_rank_and_what_is_missing(diamonds: Diamonds, session: Json) -> None:
    for viewer, gifts in ((1, 50), (2, 30), (3, 30), (0xA, 10)):
        await diamonds.give(session, viewer, gifts=gifts)

    own = (await diamonds.ask(session, "/me")).json()

    assert (own["id"], own["rank"], own["total"], own["diamonds_to_next"]) == (account(0xA), 4, 10, 20)
    assert summed(own) == {"gifts": 10}


async def test_equal_viewers_share_a_rank_and_the_first_misses_nothing(
    diamonds: Diamonds, session: Json
) -> None:
    for viewer, gifts in ((1, 50), (2, 30), (3, 30)):
        await diamonds.give(session, viewer, gifts=gifts)

    async def standing(viewer: int) -> tuple[Any, Any]:
        answer = await diamonds.http.get(
            f"/sessions/{session['id']}/leaderboard/me",
            params={"account_id": account(viewer)},
            headers=diamonds.service(),
        )
        return answer.json()["rank"], answer.json()["diamonds_to_next"]

    assert [await standing(viewer) for viewer in (1, 2, 3)] == [(1, None), (2, 20), (2, 20)]


async def test_who_has_given_nothing_has_no_rank_and_the_lowest_ahead(
    diamonds: Diamonds, session: Json
) -> None:
    for viewer, gifts in ((1, 50), (2, 30)):
        await diamonds.give(session, viewer, gifts=gifts)

    own = (await diamonds.ask(session, "/me")).json()

    assert (own["rank"], own["total"], own["diamonds_to_next"], summed(own)) == (None, 0, 30, {})


async def test_the_place_of_another_is_not_a_players_business(diamonds: Diamonds, session: Json) -> None:
    assert (await diamonds.ask(session, "/me", account_id=account(3))).status_code == 403


async def test_the_export_has_every_line_in_order(diamonds: Diamonds, session: Json) -> None:
    await diamonds.post(*(diamonds.event(session, viewer, diamonds=viewer) for viewer in range(1, 700)))

    answer = await diamonds.http.get(
        f"/sessions/{session['id']}/leaderboard/export", headers=diamonds.admin()
    )
    lines = [json.loads(line) for line in answer.text.splitlines()]

    assert answer.headers["content-type"].startswith("application/x-ndjson")
    assert ids(lines) == list(range(699, 0, -1))
    assert lines[:100] == await diamonds.lines(session, limit=100)


async def test_the_export_of_nothing_is_empty(diamonds: Diamonds, live: Live) -> None:
    session = await live.open()
    path = f"/sessions/{session['id']}/leaderboard/export"

    answer = await diamonds.http.get(path, headers=diamonds.admin())

    assert (answer.status_code, answer.text) == (200, "")
