"""Histories of listeners: many at random, small ones for a search, and each stored at once."""

import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from game_world import Store
from hypothesis import strategies as st
from listening_oracle import Event
from listening_world import device
from pymongo import WriteConcern

from app.listening.rules.player_events import listener_of

MEDIA = {"M0": 200_000, "M1": 1_500}
FIELDS = ("time_end", "calculated_duration_s", "max_duration_ms")
BATCH = 20_000
#: Whole seconds and odd milliseconds around every bound that a rule has.
STEPS_MS = (0, 1, 500, 999, 1_000, 1_001, 30_000, 30_001, 180_000, 300_000, 300_001, 5_000_000, 14_400_000)
MAXIMA_MS = (0, 999, 1_000, 1_001, 60_000, 180_000, 300_000)


def stored_event(event_id: str, time: datetime, *, listener: int = 1, **fields: Any) -> Event:
    """A playing event of a piece of three minutes, without an end, as it is stored."""
    event = {
        "_id": event_id,
        "time": time,
        "state": "playing",
        "obj_key": "catalog.media:M0",
        **as_listener(listener),
        "source": "on-demand",
        "max_duration_ms": 180_000,
        "time_end": None,
    }
    return event | fields


def as_listener(number: int) -> Event:
    """Whose an event is: some users have several devices."""
    user, key = f"account.user:{number % 997:08X}", device(number)
    return {"listener": listener_of(user, key), "user_identity": user, "device_key": key}


def random_history(count: int, *, first: datetime, last: datetime, seed: str) -> list[Event]:
    """So many events of a twentieth as many listeners, with all that players leave out and get wrong."""
    rng = random.Random(seed)
    events: list[Event] = []
    span_ms = (last - first) // timedelta(milliseconds=1)
    while len(events) < count:
        listener = rng.randrange(count // 20)
        time = first + timedelta(milliseconds=rng.randrange(span_ms))
        for _ in range(rng.randrange(1, 12)):
            ends_after = rng.choice((None, None, None, *STEPS_MS[:9]))
            ended = None if ends_after is None else time + timedelta(milliseconds=ends_after)
            events.append(
                stored_event(
                    f"{len(events):08}",
                    time,
                    listener=listener,
                    state=rng.choice(("playing", "playing", "playing", "paused", "stopped")),
                    obj_key=f"catalog.media:{rng.choice(('M0', 'M1', 'M2'))}",
                    source=rng.choice(("live", "on-demand")),
                    max_duration_ms=rng.choice(MAXIMA_MS),
                    time_end=ended,
                )
            )
            time += timedelta(milliseconds=rng.choice(STEPS_MS[:11]) + rng.randrange(2_000))
    return events[:count]


@st.composite
def small_histories(draw: st.DrawFn, first: datetime) -> list[Event]:
    """Up to eight events of one listener, each a step after the former, also in the same moment."""
    time, events = first + timedelta(milliseconds=draw(st.sampled_from(STEPS_MS))), []
    for number in range(draw(st.integers(1, 8))):
        ends_after = draw(st.none() | st.sampled_from(STEPS_MS))
        ended = None if ends_after is None else time + timedelta(milliseconds=ends_after)
        calculated = None if ended is None else draw(st.none() | st.sampled_from((0.0, 0.5, 1.0, 42.0)))
        events.append(
            stored_event(
                str(number),
                time,
                state=draw(st.sampled_from(("playing", "playing", "paused"))),
                obj_key=f"catalog.media:{draw(st.sampled_from(('M0', 'M1', 'M2')))}",
                source=draw(st.sampled_from(("live", "on-demand"))),
                max_duration_ms=draw(st.sampled_from(MAXIMA_MS)),
                time_end=ended,
                calculated_duration_s=calculated,
            )
        )
        time += timedelta(milliseconds=draw(st.sampled_from(STEPS_MS)))
    return events


def side_by_side(histories: Sequence[Sequence[Event]]) -> list[Event]:
    """Histories of one listener each as those of as many, so that one clean-up serves them all."""
    return [
        event | {"_id": f"{number}/{event['_id']}"} | as_listener(number)
        for number, history in enumerate(histories)
        for event in history
    ]


def store_history(store: Store, events: Sequence[Event]) -> None:
    """Events and known pieces, stored fast rather than durably."""
    collection = store["player_events"].with_options(write_concern=WriteConcern(w=1, j=False))
    for first in range(0, len(events), BATCH):
        collection.insert_many(events[first : first + BATCH], ordered=False)
    store["listening_media"].insert_many({"_id": uid, "duration_ms": ms} for uid, ms in MEDIA.items())


def outcome(events: Sequence[Event]) -> dict[str, tuple[Any, ...]]:
    """What clean-ups may change, by event."""
    return {event["_id"]: tuple(event.get(name) for name in FIELDS) for event in events}
