"""Mended player events, compared event for event with the rules in plain Python."""

import asyncio
import copy
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from game_world import Store
from hypothesis import given, settings
from listening_histories import (
    FIELDS,
    MEDIA,
    outcome,
    random_history,
    side_by_side,
    small_histories,
    store_history,
    stored_event,
)
from listening_oracle import Event
from listening_oracle import clean as clean_plainly
from listening_world import MORNING, at

from app.listening.cleanup import Report, Rule, clean
from app.listening.rules.spans import Span, days, months

pytest_plugins = ["listening_fixtures"]

ZURICH = ZoneInfo("Europe/Zurich")
TODAY = list(days(date(2024, 11, 5), date(2024, 11, 5), ZURICH))
NOW = at("11:00:00")


async def mended(
    listening_store: Store, *events: Event, now: datetime = NOW, spans: Sequence[Span] = TODAY
) -> tuple[Report, list[Event]]:
    store_history(listening_store, events)
    report = await clean(spans, now=now)
    return report, list(listening_store["player_events"].find().sort("_id"))


def a_pair(state: str, next_at: str, **fields: Any) -> list[Event]:
    """An event at 10:00, and what the listener did next."""
    return [
        stored_event("1", MORNING, state=state, **fields),
        stored_event("2", at(next_at), state="stopped"),
    ]


async def test_40_3_what_plays_ends_with_the_next_event(listening_store: Store) -> None:
    _, (event, _) = await mended(listening_store, *a_pair("playing", "10:01:00"))

    assert event["time_end"] == at("10:01:00")


async def test_40_3_what_plays_ends_at_the_latest_by_its_maximum(listening_store: Store) -> None:
    _, (event, _) = await mended(listening_store, *a_pair("playing", "10:10:00"))

    assert event["time_end"] == at("10:03:00")


async def test_40_3_without_a_next_event_it_ends_by_its_maximum_once_that_is_over(
    listening_store: Store,
) -> None:
    _, (event,) = await mended(listening_store, stored_event("1", MORNING))

    assert event["time_end"] == at("10:03:00")


async def test_while_the_maximum_is_not_over_there_is_no_end(listening_store: Store) -> None:
    _, (event,) = await mended(listening_store, stored_event("1", MORNING), now=at("10:03:00"))

    assert event["time_end"] is None


async def test_40_3_a_pause_lasts_until_the_next_event(listening_store: Store) -> None:
    _, (event, _) = await mended(listening_store, *a_pair("paused", "10:10:00"))

    assert event["time_end"] == at("10:10:00")


async def test_a_pause_that_nothing_follows_has_no_end(listening_store: Store) -> None:
    _, (event,) = await mended(listening_store, stored_event("1", MORNING, state="paused"))

    assert event["time_end"] is None


async def test_40_4_nothing_plays_on_after_the_next_event(listening_store: Store) -> None:
    _, (event, _) = await mended(listening_store, *a_pair("playing", "10:02:00", time_end=at("10:05:00")))

    assert event["time_end"] == at("10:02:00")


async def test_40_4_what_seems_to_have_stopped_at_once_went_on(listening_store: Store) -> None:
    half_a_second = MORNING + timedelta(milliseconds=500)

    _, (event, _) = await mended(listening_store, *a_pair("playing", "10:00:40", time_end=half_a_second))

    assert (event["time_end"], event["calculated_duration_s"]) == (at("10:00:40"), 40.0)


async def test_another_listeners_event_ends_nothing(listening_store: Store) -> None:
    other = stored_event("2", at("10:01:00"), listener=2)

    _, (event, _) = await mended(listening_store, stored_event("1", MORNING), other)

    assert event["time_end"] == at("10:03:00")


async def test_a_missing_duration_is_calculated(listening_store: Store) -> None:
    _, (event,) = await mended(listening_store, stored_event("1", MORNING, time_end=at("10:00:30.125")))

    assert event["calculated_duration_s"] == 30.125


async def test_a_duration_of_nothing_is_calculated_again(listening_store: Store) -> None:
    ended = stored_event("1", MORNING, time_end=at("10:00:30"), calculated_duration_s=0.0)

    _, (event,) = await mended(listening_store, ended)

    assert event["calculated_duration_s"] == 30.0


async def test_an_end_that_moves_takes_its_duration_along(listening_store: Store) -> None:
    await mended(listening_store, stored_event("1", MORNING))
    listening_store["player_events"].insert_one(stored_event("2", at("10:02:00")))

    await clean(TODAY, now=NOW)

    assert outcome(list(listening_store["player_events"].find({"_id": "1"})))["1"][:2] == (
        at("10:02:00"),
        120.0,
    )


async def test_a_missing_maximum_is_that_of_the_piece(listening_store: Store) -> None:
    _, (event,) = await mended(listening_store, stored_event("1", MORNING, max_duration_ms=0))

    assert (event["max_duration_ms"], event["time_end"]) == (200_000, at("10:03:20"))


async def test_unknown_pieces_are_told_and_left(listening_store: Store) -> None:
    unknown = stored_event("1", MORNING, obj_key="catalog.media:NOBODY", max_duration_ms=999)

    report, (event,) = await mended(listening_store, unknown)

    assert (report.unknown_media, event["max_duration_ms"]) == ({"NOBODY"}, 999)


async def test_the_report_says_how_many_each_rule_has_changed(listening_store: Store) -> None:
    report, _ = await mended(
        listening_store,
        *a_pair("paused", "10:10:00"),
        stored_event("3", MORNING, listener=3),
        stored_event("4", MORNING, listener=4, max_duration_ms=0),
        stored_event("5", MORNING, listener=5, time_end=at("10:05:00")),
        stored_event("6", at("10:01:00"), listener=5, time_end=at("10:01:01")),
        stored_event("7", at("10:02:00"), listener=5, state="stopped"),
    )

    assert report.changed == {
        Rule.MAXIMUM_BY_MEDIA: 1,
        Rule.BY_NEXT_EVENT: 1,
        Rule.BY_MAXIMUM: 2,
        Rule.TOO_LONG: 1,
        Rule.TOO_SHORT: 1,
        Rule.DURATION: 4,
    }


@pytest.mark.timeout(300)
async def test_40_7_two_hundred_thousand_events_are_mended_as_the_plain_rules_would(
    listening_store: Store,
) -> None:
    spans = list(months(date(2024, 10, 1), date(2024, 11, 5), ZURICH))
    events = random_history(200_000, first=spans[0].starts_at, last=NOW, seed="40.7")
    store_history(listening_store, events)

    report = await clean(spans, now=NOW)
    unknown = clean_plainly(events, spans, MEDIA, now=NOW)

    assert report.unknown_media == unknown
    assert outcome(list(listening_store["player_events"].find({}, dict.fromkeys(FIELDS, 1)))) == outcome(
        events
    )
    assert all(report.changed[rule] > 500 for rule in Rule)


async def test_a_second_clean_up_changes_nothing(listening_store: Store) -> None:
    spans = list(days(date(2024, 11, 3), date(2024, 11, 5), ZURICH))
    await mended(
        listening_store,
        *random_history(3_000, first=spans[0].starts_at, last=NOW, seed="twice"),
        spans=spans,
    )
    before = list(listening_store["player_events"].find().sort("_id"))

    report = await clean(spans, now=NOW)

    assert set(report.changed.values()) == {0}
    assert list(listening_store["player_events"].find().sort("_id")) == before


async def test_two_clean_ups_at_once_do_what_one_does(listening_store: Store) -> None:
    spans = list(days(date(2024, 11, 3), date(2024, 11, 5), ZURICH))
    events = random_history(3_000, first=spans[0].starts_at, last=NOW, seed="both")
    store_history(listening_store, events)

    await asyncio.gather(*(clean(spans, now=NOW) for _ in range(3)))

    clean_plainly(events, spans, MEDIA, now=NOW)
    assert outcome(list(listening_store["player_events"].find())) == outcome(events)


async def test_a_clean_up_that_was_cut_is_completed_by_the_next(listening_store: Store) -> None:
    spans = list(days(date(2024, 11, 3), date(2024, 11, 5), ZURICH))
    events = random_history(3_000, first=spans[0].starts_at, last=NOW, seed="cut")
    store_history(listening_store, events)
    for cut_after_s in (0.01, 0.03, 0.06, 0.1, 0.15):
        cleaning = asyncio.create_task(clean(spans, now=NOW))
        await asyncio.sleep(cut_after_s)
        cleaning.cancel()
        await asyncio.gather(cleaning, return_exceptions=True)

    await clean(spans, now=NOW)

    clean_plainly(events, spans, MEDIA, now=NOW)
    assert outcome(list(listening_store["player_events"].find())) == outcome(events)


async def test_months_are_mended_as_their_days_are(listening_store: Store) -> None:
    spans = list(months(date(2024, 10, 1), date(2024, 11, 1), ZURICH))
    events = random_history(3_000, first=spans[0].starts_at, last=NOW, seed="months")

    _, found = await mended(listening_store, *copy.deepcopy(events), spans=spans)

    clean_plainly(events, spans, MEDIA, now=NOW)
    assert outcome(found) == outcome(events)


async def test_any_small_history_is_mended_as_the_plain_rules_would(listening_store: Store) -> None:
    histories: list[list[Event]] = []

    @settings(max_examples=500, deadline=None, database=None)
    @given(small_histories(MORNING))
    def collect(history: list[Event]) -> None:
        histories.append(history)

    collect()
    events = side_by_side(histories)
    now = datetime(2024, 11, 6, tzinfo=UTC)

    report, found = await mended(listening_store, *copy.deepcopy(events), now=now)

    unknown = clean_plainly(events, TODAY, MEDIA, now=now)
    assert outcome(found) == outcome(events)
    assert report.unknown_media == unknown
