"""Listening sessions and totals over HTTP, compared with the rules in plain Python."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from game_world import Json
from hypothesis import given, settings
from listening_histories import random_history, side_by_side, small_histories, store_history
from listening_oracle import Event
from listening_oracle import sessions as sessions_plainly
from listening_oracle import summary as summary_plainly
from listening_world import ADDRESS, MORNING, SESSIONS, SUMMARY, Statistics, a_player_event, at, device

pytest_plugins = ["listening_fixtures"]

ZURICH = ZoneInfo("Europe/Zurich")


def plays(*times: tuple[float, float], **fields: Any) -> list[Json]:
    """Playing events, each from so many to so many seconds after ten."""
    return [
        a_player_event(
            MORNING + timedelta(seconds=start), time_end=MORNING + timedelta(seconds=stop), **fields
        )
        for start, stop in times
    ]


async def sessions(statistics: Statistics, **parameters: Any) -> Sequence[Json]:
    answer = await statistics.http.get(SESSIONS, params=parameters, headers=statistics.service())
    assert answer.status_code == 200, answer.text
    rows: list[Json] = answer.json()
    return rows


async def totals(statistics: Statistics, **parameters: Any) -> Sequence[Json]:
    answer = await statistics.http.get(SUMMARY, params=parameters, headers=statistics.service())
    assert answer.status_code == 200, answer.text
    rows: list[Json] = answer.json()
    return rows


async def test_40_6_a_silence_of_300_s_stays_in_and_one_of_301_s_does_not(statistics: Statistics) -> None:
    await statistics.play(*plays((0, 60), (360, 420), (721, 781)))

    first, second = await sessions(statistics)

    assert (first["duration_playing_s"], second["duration_playing_s"]) == (120, 60)
    assert (first["duration_s"], second["duration_s"]) == (420, 60)


@pytest.mark.parametrize(("played_s", "count"), [(30.0, 0), (30.001, 1), (30.1, 1)])
async def test_40_6_a_session_has_played_for_more_than_30_s(
    statistics: Statistics, played_s: float, count: int
) -> None:
    await statistics.play(*plays((0, played_s)))

    assert len(await sessions(statistics)) == count


async def test_thirty_seconds_in_odd_parts_are_thirty_seconds(statistics: Statistics) -> None:
    await statistics.play(*plays((0, 10.1), (20, 30.1), (40, 49.8)))

    assert await sessions(statistics) == []


async def test_a_session_says_who_listened_from_where(statistics: Statistics) -> None:
    await statistics.play(*plays((0, 40)), *plays((40, 100), source="live"))

    assert await sessions(statistics) == [
        {
            "time_start": "2024-11-05T10:00:00+00:00",
            "time_end": "2024-11-05T10:01:40+00:00",
            "duration_s": 100,
            "duration_playing_s": 100,
            "duration_playing_live_s": 60,
            "duration_playing_ondemand_s": 40,
            "user_identity": "account.user:D34C5A0A",
            "remote_addr": ADDRESS,
        }
    ]


async def test_a_key_that_spells_no_address_is_no_error(statistics: Statistics) -> None:
    await statistics.play(*plays((0, 40), device_key="???-1"))

    (session,) = await sessions(statistics)

    assert session["remote_addr"] is None


async def test_after_an_event_without_an_end_the_session_goes_on(statistics: Statistics) -> None:
    open_ended = a_player_event(MORNING + timedelta(seconds=60))
    await statistics.play(*plays((0, 60)), open_ended, *plays((4_000, 4_060)))

    (session,) = await sessions(statistics)

    assert (session["duration_playing_s"], session["duration_s"]) == (120, 4_060)


async def test_events_that_overlap_count_each(statistics: Statistics) -> None:
    await statistics.play(*plays((0, 60), (30, 90)))

    (session,) = await sessions(statistics)

    assert (session["duration_playing_s"], session["duration_s"]) == (120, 90)


async def test_two_devices_are_two_sessions(statistics: Statistics) -> None:
    await statistics.play(*plays((0, 60)), *plays((0, 60), device_key=device(2)))

    assert len(await sessions(statistics)) == 2


async def test_pauses_are_no_listening(statistics: Statistics) -> None:
    await statistics.play(*plays((0, 600), state="paused"))

    assert await sessions(statistics) == []


async def test_sessions_can_be_asked_for_by_user_and_time(statistics: Statistics) -> None:
    await statistics.play(
        *plays((0, 60)),
        *plays((1_000, 1_060)),
        *plays((0, 60), user_identity="account.user:00000002"),
    )

    mine = await sessions(statistics, user_identity="account.user:D34C5A0A")
    late = await sessions(statistics, time_from="2024-11-05T10:16:40+00:00")
    early = await sessions(statistics, time_to="2024-11-05T10:00:00+00:00")

    assert [row["time_start"][11:19] for row in mine] == ["10:00:00", "10:16:40"]
    assert [row["time_start"][11:19] for row in late] == ["10:16:40"]
    assert {row["user_identity"] for row in early} == {"account.user:D34C5A0A", "account.user:00000002"}


async def test_the_first_sessions_are_shown_up_to_a_limit(statistics: Statistics) -> None:
    await statistics.play(*plays(*((1_000.0 * number, 1_000.0 * number + 60) for number in range(5))))

    shown = await sessions(statistics, limit=2)

    assert [row["time_start"][11:19] for row in shown] == ["10:00:00", "10:16:40"]


def as_shown(expected: Sequence[Event]) -> list[Json]:
    """Sessions of the plain rules as the route shows them."""
    return [
        session
        | {
            name: None if session[name] is None else session[name].isoformat()
            for name in ("time_start", "time_end")
        }
        for session in expected
    ]


def in_any_order(rows: Sequence[Json]) -> list[tuple[Any, ...]]:
    """The same whatever comes first of those that begin together."""
    return sorted(tuple(map(str, sorted(row.items()))) for row in rows)


async def test_sessions_of_many_listeners_are_those_of_the_plain_rules(statistics: Statistics) -> None:
    events = random_history(6_000, first=at("00:00:00"), last=at("23:00:00"), seed="sessions")
    store_history(statistics.store, events)

    shown = await sessions(statistics)

    assert in_any_order(shown) == in_any_order(as_shown(sessions_plainly(events)))
    assert [row["time_start"] for row in shown] == sorted(row["time_start"] for row in shown)
    assert len(shown) > 300


async def test_any_small_history_has_the_sessions_of_the_plain_rules(statistics: Statistics) -> None:
    histories: list[list[Event]] = []

    @settings(max_examples=400, deadline=None, database=None)
    @given(small_histories(MORNING))
    def collect(history: list[Event]) -> None:
        histories.append(history)

    collect()
    events = side_by_side(histories)
    store_history(statistics.store, events)

    shown = await sessions(statistics)

    assert in_any_order(shown) == in_any_order(as_shown(sessions_plainly(events)))


@pytest.mark.parametrize("day", ["2024-11-05", "2024-03-31", "2024-10-27"])
async def test_40_5_an_event_before_four_is_the_day_befores(statistics: Statistics, day: str) -> None:
    for clock in ("03:59:59.999", "04:00:00"):
        time = datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=ZURICH)
        await statistics.play(a_player_event(time, time_end=time + timedelta(seconds=36)))

    rows = await totals(statistics)

    day_before = (datetime.fromisoformat(day) - timedelta(days=1)).date().isoformat()
    assert [(row["period"], row["events"]) for row in rows] == [(day_before, 1), (day, 1)]


async def test_a_summary_tells_events_listeners_and_hours(statistics: Statistics) -> None:
    await statistics.play(
        *plays((0, 1_800), source="live"),
        *plays((1_800, 2_700)),
        *plays((2_700, 3_600), state="paused"),
        *plays((0, 900), user_identity="account.user:00000002"),
    )

    assert await totals(statistics, by="day") == [
        {
            "period": "2024-11-05",
            "events": 4,
            "listeners": 2,
            "listeners_live": 1,
            "listeners_ondemand": 2,
            "hours": 1.0,
            "hours_live": 0.5,
            "hours_ondemand": 0.5,
        }
    ]


@pytest.mark.parametrize("by", ["day", "month"])
async def test_totals_are_those_of_the_plain_rules(statistics: Statistics, by: str) -> None:
    first, last = at("00:00:00", "2024-10-24"), at("00:00:00", "2024-11-04")
    events = random_history(6_000, first=first, last=last, seed="summary")
    store_history(statistics.store, events)

    rows = await totals(statistics, by=by)

    expected = summary_plainly(events, by=by, zone=ZURICH)
    assert rows == [
        {name: pytest.approx(value) if isinstance(value, float) else value for name, value in row.items()}
        for row in expected
    ]


async def test_totals_can_be_asked_for_by_time(statistics: Statistics) -> None:
    await statistics.play(*plays((0, 60), (86_400, 86_460)))

    rows = await totals(statistics, time_from="2024-11-06T00:00:00Z", time_to="2024-11-07T00:00:00Z")

    assert [row["period"] for row in rows] == ["2024-11-06"]
