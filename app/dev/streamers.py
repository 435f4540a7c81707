"""The demo world's streamers: who they are, who comes and goes, and what happens meanwhile. Pure."""

import random
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from app.dev.world import id_of, players

FEWEST_LIVE = 4
MOST_LIVE = 8
FIRST_LOT = 6
#: The first lot has been live for a while, so that there is something to see at once: the first of them ends
#: after so long, the others one by one.
FIRST_END_S = 5.0
NEXT_END_S = 20.0
SHORTEST_S = 60.0
LONGEST_S = 180.0
#: How likely it is that somebody more goes live in a second.
ONE_MORE = 0.05
#: How likely these are whenever something happens in a session.
ANOTHER_RATING = 0.7
ANOTHER_PRESET = 0.3
ANOTHER_GOAL = 0.1
MOST_FOLLOWERS = 8
LOWEST_RATING = 3.0
HIGHEST_RATING = 5.0

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Streamer:
    """Somebody of the demo world who streams, and what the sessions are called."""

    id: str
    username: str
    biography: str
    title: str
    tags: tuple[str, ...]
    followers: tuple[str, ...]


_CAST = (
    ("Vigil", "Never sleeps.", "All day, all night", "country:us feed:user_livestream-global:1"),
    ("Mei", "Songs from Taipei.", "Evening songs", "country:tw badge:livestream_singer hashtag:music"),
    ("Luc", "Paris by bicycle.", "Along the canal", "country:fr badge:new hashtag:travel"),
    ("Hana", "Piano, and nothing else.", "Requests", "country:jp badge:livestream_pianist hashtag:music"),
    ("Jisoo", "Learning to dance.", "Step by step", "country:kr badge:livestream_dancer hashtag:dance"),
    ("Greta", "Bread, mostly rye.", "Sourdough at dawn", "country:de hashtag:cooking"),
    ("Kwan", "Street food of Bangkok.", "Night market", "country:th badge:new hashtag:cooking"),
    ("Ada", "Makes small robots.", "Soldering", "country:gb hashtag:making"),
    ("Rosa", "Guitar and stories.", "Old boleros", "country:mx badge:livestream_singer hashtag:music"),
    ("Wing", "Chess in two languages.", "Blitz", "country:hk hashtag:games"),
    ("Lars", "Draws what you say.", "Ink", "country:no badge:new hashtag:art"),
    ("Putri", "Gardens in Jakarta.", "Orchids", "country:id hidden:region-group:asia hashtag:garden"),
)


@cache
def streamers() -> tuple[Streamer, ...]:
    """All of them; the first is always live, for whoever pastes the printed examples."""
    return tuple(
        Streamer(
            id_of("streamer", number), username, biography, title, tuple(tags.split()), _followers_of(number)
        )
        for number, (username, biography, title, tags) in enumerate(_CAST)
    )


def host() -> Streamer:
    """The one who is always live."""
    return streamers()[0]


def first_lot(rng: random.Random, shown: Collection[str]) -> list[Streamer]:
    """Who is live at the start besides the host: those whom a feed still shows, and enough others."""
    guests = streamers()[1:]
    still_live = [one for one in guests if one.id in shown]
    others = [one for one in guests if one.id not in shown]
    return still_live + rng.sample(others, max(0, FIRST_LOT - 1 - len(still_live)))


def joining(rng: random.Random, live: Collection[str]) -> list[Streamer]:
    """Who goes live now: the host, as many as it takes for somebody to be able to go, sometimes one more."""
    missing = [host()] if host().id not in live else []
    off = [one for one in streamers()[1:] if one.id not in live]
    count = len(live) + len(missing)
    one_more = count < MOST_LIVE and rng.random() < ONE_MORE
    return missing + rng.sample(off, max(FEWEST_LIVE + 1 - count, int(one_more)))


def leaving(until: Mapping[str, float], now: float) -> list[str]:
    """Whose time is up, by id, as long as enough stay."""
    due = [streamer_id for streamer_id, end in until.items() if end <= now]
    return due[: max(0, len(until) - FEWEST_LIVE)]


def what_happens(rng: random.Random, session: Json) -> Json:
    """How a session might change at this moment, as the service takes it."""
    viewers = session["metadata"]["viewer_count"]
    change: Json = {"viewer_count": max(0, viewers + rng.randint(-5, 9))}
    if rng.random() < ANOTHER_RATING:
        change["rating"] = _rated_again(rng, session["rating"])
    if rng.random() < ANOTHER_PRESET:
        change["preset"] = "sd" if session["status"]["preset"] == "preview" else "preview"
    if rng.random() < ANOTHER_GOAL:
        change["show_goal_pairs"] = [{"title": "Encore", "diamonds": rng.randrange(100, 1_000, 50)}]
    return change


def _rated_again(rng: random.Random, rating: Json) -> Json:
    """A rating after a few more votes; the first are many, because a feed shows no rating of under 20."""
    before, count = rating["current"], rating["current_count"]
    if before is None:
        return {"current": round(rng.uniform(4.0, HIGHEST_RATING), 2), "current_count": rng.randint(5, 50)}
    current = min(HIGHEST_RATING, max(LOWEST_RATING, before + rng.uniform(-0.1, 0.1)))
    return {"current": round(current, 2), "current_count": count + rng.randint(1, 5)}


def _followers_of(number: int) -> tuple[str, ...]:
    """Some of the players; the first player follows everybody."""
    count = random.Random(number).randint(2, MOST_FOLLOWERS - 1)
    start = 1 + number * MOST_FOLLOWERS
    return (players()[0], *players()[start : start + count])
