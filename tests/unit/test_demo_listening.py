"""The demo world's listeners are what the routes take, and the same every time."""

from datetime import UTC, datetime, timedelta

from app.dev.listening_world import DAYS, player_events, stream_events
from app.listening.rules.player_events import player_event
from app.listening.rules.stream_events import stream_event
from app.routers.schemas.stats import PLAYER_EVENTS, STREAM_EVENTS

NOW = datetime(2024, 11, 5, 12, tzinfo=UTC)


def test_events_are_those_that_the_service_takes() -> None:
    players = PLAYER_EVENTS.validate_python(list(player_events(NOW)))
    streams = STREAM_EVENTS.validate_python(list(stream_events(NOW)))

    assert len({player_event(event)["_id"] for event in players}) == len(players) > 5_000
    assert len({stream_event(event)["_id"] for event in streams}) == len(streams) > 300


def test_a_day_later_the_days_that_both_know_are_the_same() -> None:
    before = {event["id"]: event for event in player_events(NOW)}
    after = {event["id"]: event for event in player_events(NOW + timedelta(days=1))}

    assert all(before[event_id] == after[event_id] for event_id in before.keys() & after.keys())


def test_there_is_something_on_every_day_and_nothing_of_the_future() -> None:
    events = list(player_events(NOW))

    assert len({event["time"][:10] for event in events}) == DAYS + 1
    assert max(event["time_end"] for event in events) <= NOW.isoformat()
