"""What viewers of the demo world's livestreams give: the same few give most, as everywhere. Pure."""

import random
from collections.abc import Iterable, Iterator
from typing import Any
from uuid import UUID

from app.dev.world import players

OPENING_EVENTS = 40
#: How likely it is that somebody gives something in a session in a second.
GIVEN = 0.6
AUDIENCE = 60
#: What is given for, how likely, and the most diamonds for it.
KINDS = {
    "views": (6, 5),
    "chat": (4, 10),
    "gifts": (5, 100),
    "karaoke": (1, 80),
    "show": (1, 150),
    "exclusive": (1, 300),
}

Json = dict[str, Any]


def opening(rng: random.Random, session: Json) -> list[Json]:
    """What has been given in a session that has been on for a moment, as the service takes it."""
    return [_event(rng, session) for _ in range(OPENING_EVENTS)]


def given(rng: random.Random, sessions: Iterable[Json]) -> Iterator[Json]:
    """What is given in a second."""
    return (_event(rng, session) for session in sessions if rng.random() < GIVEN)


def _event(rng: random.Random, session: Json) -> Json:
    (category,) = rng.choices(list(KINDS), [weight for weight, _ in KINDS.values()])
    # Squared, a number below 1 is more often small: the first of the audience give most.
    viewer = players()[int(rng.random() ** 2 * AUDIENCE)]
    return {
        "event_id": str(UUID(int=rng.getrandbits(128))),
        "streamer_id": session["user"],
        "session_id": session["id"],
        "viewer_id": viewer,
        "category": category,
        "diamonds": rng.randint(1, KINDS[category][1]),
    }
