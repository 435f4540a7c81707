"""Earnings and the diamond leaderboard of a session: lines 20.10 to 20.12."""

import pytest
from earnings_world import Diamonds, ids, summed
from game_world import Json, Store, account, fingerprint
from livestream_world import OTHER, Live

pytest_plugins = ["game_fixtures", "livestream_fixtures", "earnings_fixtures"]

ANN, BOB = 11, 12


@pytest.fixture
async def session(live: Live) -> Json:
    return await live.start(await live.open())


async def give_as_in_20_10(diamonds: Diamonds, session: Json) -> None:
    await diamonds.give(session, ANN, gifts=70, karaoke=30, chat=10, views=5)
    await diamonds.give(session, BOB, exclusive=50)


async def test_20_10_without_a_category_views_gifts_and_chat_count(diamonds: Diamonds, session: Json) -> None:
    """Line 20.10."""
    await give_as_in_20_10(diamonds, session)

    (line,) = await diamonds.lines(session)

    assert (line["id"], line["total"]) == (account(ANN), 115)
    assert summed(line) == {"gifts": 70, "karaoke": 30, "views": 15, "chat": 10}


async def test_20_10_all_categories_show_exclusive_too(diamonds: Diamonds, session: Json) -> None:
    """Line 20.10."""
    await give_as_in_20_10(diamonds, session)

    lines = await diamonds.lines(session, category="all")

    assert [(line["id"], line["total"]) for line in lines] == [(account(ANN), 115), (account(BOB), 50)]
    assert summed(lines[1]) == {"exclusive": 50}


async def test_20_11_an_event_sent_twice_counts_once(diamonds: Diamonds, session: Json) -> None:
    """Line 20.11."""
    event = diamonds.event(session, ANN, diamonds=7)
    first = await diamonds.post(event)
    again = await diamonds.post(event, diamonds.event(session, BOB), event)

    assert first.json() == {"applied": 1, "duplicate": 0}
    assert again.json() == {"applied": 1, "duplicate": 2}
    assert [line["total"] for line in await diamonds.lines(session)] == [7, 1]


async def test_20_11_one_bad_of_a_thousand_stores_nothing(
    diamonds: Diamonds, session: Json, store: Store
) -> None:
    """Line 20.11."""
    events = [diamonds.event(session, ANN) for _ in range(1_000)]
    events[617]["session_id"] = account(99)
    before = fingerprint(store)

    answer = await diamonds.post(*events)

    assert answer.status_code == 422
    assert [fault["pointer"] for fault in answer.json()["errors"]] == ["/events/617/session_id"]
    assert fingerprint(store) == before


async def test_20_11_a_session_of_another_streamer_is_refused(
    diamonds: Diamonds, session: Json, store: Store
) -> None:
    """Line 20.11."""
    before = fingerprint(store)

    answer = await diamonds.post(diamonds.event(session, ANN, streamer_id=account(OTHER)))

    assert answer.status_code == 422
    assert [fault["pointer"] for fault in answer.json()["errors"]] == ["/events/0/streamer_id"]
    assert fingerprint(store) == before


async def test_20_12_pages_have_their_part_of_the_list_and_say_where_they_stand(
    diamonds: Diamonds, session: Json
) -> None:
    """Line 20.12."""
    await diamonds.post(*(diamonds.event(session, viewer, diamonds=100 - viewer) for viewer in range(1, 41)))

    answer = await diamonds.ask(session, limit=15, page=2)

    path = f"/sessions/{session['id']}/leaderboard?days=1"
    assert ids(answer.json()) == list(range(16, 31))
    assert answer.headers["x-total-count"] == "40"
    assert answer.headers["link"] == ", ".join(
        f'<{path}&page={page}&limit=15>; rel="{rel}"'
        for page, rel in ((1, "first"), (1, "prev"), (3, "next"), (3, "last"))
    )
