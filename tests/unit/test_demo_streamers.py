"""The demo world's streamers: always the same, and never too few or too many of them live."""

import random
from typing import Any

import pytest

from app.dev import diamonds, world
from app.dev.streamers import (
    FEWEST_LIVE,
    FIRST_LOT,
    LONGEST_S,
    MOST_LIVE,
    SHORTEST_S,
    first_lot,
    host,
    joining,
    leaving,
    streamers,
    what_happens,
)
from app.routers.schemas.earnings import MOST_EVENTS, EarningsIn
from app.routers.schemas.livestream import SessionPatchIn, UserIn

HOUR_S = 3_600

Counts = list[int]


@pytest.fixture(params=range(5))
def rng(request: pytest.FixtureRequest) -> random.Random:
    return random.Random(request.param)


def an_hour(rng: random.Random) -> tuple[Counts, dict[str, list[int]]]:
    """How many are live in each second of an hour, and when each streamer went live."""
    until = {host().id: float("inf")} | {one.id: 10.0 for one in first_lot(rng, ())}
    counts: Counts = []
    begun: dict[str, list[int]] = {}
    for second in range(HOUR_S):
        for one in joining(rng, until):
            until[one.id] = second + rng.uniform(SHORTEST_S, LONGEST_S)
            begun.setdefault(one.id, []).append(second)
        for streamer_id in leaving(until, second):
            del until[streamer_id]
        counts.append(len(until))
    return counts, begun


def new_session() -> dict[str, Any]:
    return {
        "status": {"preset": "preview"},
        "metadata": {"viewer_count": 0},
        "rating": {"current": None, "current_count": 0},
    }


def test_streamers_have_different_ids_and_are_no_players() -> None:
    ids = {one.id for one in streamers()}

    assert len(ids) == len(streamers()) == 12
    assert ids.isdisjoint(world.players())


def test_followers_are_different_players() -> None:
    for one in streamers():
        assert len(set(one.followers)) == len(one.followers) > 1
        assert set(one.followers) <= set(world.players())


def test_the_service_takes_what_is_told_of_each_streamer() -> None:
    for one in streamers():
        taken = UserIn(username=one.username, biography=one.biography, tags=list(one.tags))

        assert (taken.username, taken.biography, tuple(taken.tags)) == (one.username, one.biography, one.tags)


def test_the_host_is_always_live_and_on_top_of_the_feed() -> None:
    assert "feed:user_livestream-global:1" in host().tags
    assert [one for one in streamers() if any(tag.startswith("feed:") for tag in one.tags)] == [host()]


def test_between_four_and_eight_are_live_at_any_time(rng: random.Random) -> None:
    counts, _ = an_hour(rng)

    assert (FEWEST_LIVE, MOST_LIVE) == (4, 8)
    assert FEWEST_LIVE <= min(counts) < max(counts) <= MOST_LIVE


def test_everybody_but_the_host_comes_back_within_an_hour(rng: random.Random) -> None:
    _, begun = an_hour(rng)

    assert {one.id for one in streamers() if len(begun.get(one.id, ())) < 2} == {host().id}


def test_a_host_that_has_gone_comes_back_at_once(rng: random.Random) -> None:
    live = [one.id for one in streamers()[1:8]]

    assert host() in joining(rng, live)


def test_nobody_goes_while_only_the_fewest_are_live() -> None:
    until = {one.id: 0.0 for one in streamers()[:FEWEST_LIVE]}

    assert leaving(until, 1.0) == []


def test_whoever_is_still_shown_is_in_the_first_lot(rng: random.Random) -> None:
    shown = {host().id, streamers()[7].id}

    lot = first_lot(rng, shown)

    assert streamers()[7] in lot
    assert len({one.id for one in lot} | shown) == FIRST_LOT


def test_the_service_takes_whatever_happens_to_a_session(rng: random.Random) -> None:
    session = new_session()

    for _ in range(500):
        change = what_happens(rng, session)
        assert SessionPatchIn(**change).model_dump(include=set(change)) == change
        session["metadata"]["viewer_count"] = change["viewer_count"]
        session["rating"] = change.get("rating", session["rating"])


def test_a_session_soon_has_enough_ratings_to_be_shown(rng: random.Random) -> None:
    session = new_session()

    for _ in range(30):
        session["rating"] = what_happens(rng, session).get("rating", session["rating"])

    assert session["rating"]["current_count"] >= 20


def test_the_service_takes_whatever_viewers_give(rng: random.Random) -> None:
    sessions = [{"id": f"{number:024x}", "user": one.id} for number, one in enumerate(streamers())]
    events = [*diamonds.opening(rng, sessions[0])]
    for _ in range(50):
        events += diamonds.given(rng, sessions)

    for first in range(0, len(events), MOST_EVENTS):
        batch = events[first : first + MOST_EVENTS]
        assert len(EarningsIn.model_validate({"events": batch}).events) == len(batch)
    assert len({event["event_id"] for event in events}) == len(events)
    assert {event["viewer_id"] for event in events} <= set(world.players())
