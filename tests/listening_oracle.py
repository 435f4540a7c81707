"""The rules of listening statistics in plain Python, an event at a time: the pipelines must agree with them.

An event is a dict as it is stored. Nothing here is clever: each rule is a loop over a span's events.
"""

import base64
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from app.listening.rules.spans import Span

Event = dict[str, Any]

SECOND = timedelta(seconds=1)
MOST_AFTER = timedelta(hours=4)


def clean(
    events: Iterable[Event], spans: Iterable[Span], media: Mapping[str, int], *, now: datetime
) -> set[str]:
    """Mend the events in place, span by span; pieces that nobody knows."""
    in_order = sorted(events, key=lambda event: (event["time"], event["_id"]))
    unknown: set[str] = set()
    for span in spans:
        until = span.ends_at + MOST_AFTER
        looked_at = [event for event in in_order if span.starts_at <= event["time"] <= until]
        followers = next_times(looked_at)
        unknown |= mend_maximum(looked_at, media)
        end_by_next(looked_at, followers)
        end_by_maximum(looked_at, now)
        end_too_long(looked_at, followers)
        end_too_short(looked_at, followers)
        calculate(looked_at)
    return unknown


def next_times(in_order: Sequence[Event]) -> dict[str, datetime]:
    """When the listener's next event begins, by event."""
    later: dict[tuple[str, str], datetime] = {}
    found = {}
    for event in reversed(in_order):
        if (next_time := later.get(listener_of(event))) is not None:
            found[event["_id"]] = next_time
        later[listener_of(event)] = event["time"]
    return found


def listener_of(event: Event) -> tuple[str, str]:
    """Who, on what."""
    return event["user_identity"], event["device_key"]


def longest(event: Event) -> timedelta:
    """How long it may last."""
    return timedelta(milliseconds=event["max_duration_ms"])


def end(event: Event, time_end: datetime) -> None:
    """Another end, which no duration has been calculated from."""
    event["time_end"] = time_end
    event["calculated_duration_s"] = None


def mend_maximum(events: Iterable[Event], media: Mapping[str, int]) -> set[str]:
    """The seed's last step."""
    unknown = set()
    for event in events:
        if event["state"] == "playing" and longest(event) < SECOND:
            _, uid = event["obj_key"].split(":")
            if uid in media:
                event["max_duration_ms"] = media[uid]
            else:
                unknown.add(uid)
    return unknown


def end_by_next(events: Iterable[Event], followers: Mapping[str, datetime]) -> None:
    """`set_events_time_end_by_next_event` of the seed."""
    for event in events:
        next_time = followers.get(event["_id"])
        if event["time_end"] is None and next_time is not None:
            if event["state"] == "playing":
                next_time = min(next_time, event["time"] + longest(event))
            end(event, next_time)


def end_by_maximum(events: Iterable[Event], now: datetime) -> None:
    """`set_events_time_end_by_max_duration` of the seed."""
    for event in events:
        latest = event["time"] + longest(event)
        if event["time_end"] is None and latest < now and event["state"] == "playing":
            end(event, latest)


def end_too_long(events: Iterable[Event], followers: Mapping[str, datetime]) -> None:
    """`fix_events_duration` of the seed."""
    for event in events:
        next_time = followers.get(event["_id"])
        ended = event["time_end"]
        if event["state"] == "playing" and ended is not None and next_time is not None and ended > next_time:
            end(event, next_time)


def end_too_short(events: Iterable[Event], followers: Mapping[str, datetime]) -> None:
    """`fix_events_duration_2` of the seed."""
    for event in events:
        next_time = followers.get(event["_id"])
        if event["state"] == "playing" and event["time_end"] is not None and next_time is not None:
            annotated = min(next_time - event["time"], longest(event))
            if event["time_end"] - event["time"] <= SECOND < annotated:
                end(event, event["time"] + annotated)


def calculate(events: Iterable[Event]) -> None:
    """The seed's update of calculated durations."""
    for event in events:
        if event["state"] == "playing" and event["time_end"] is not None:
            real = event["time_end"] - event["time"]
            calculated = event.get("calculated_duration_s")
            if calculated is None or (calculated < 1 and real >= SECOND):
                event["calculated_duration_s"] = round(real / SECOND, 3)


def sessions(events: Iterable[Event]) -> list[Event]:
    """The seed's query for sessions, in its order."""
    playing = [event for event in events if event["state"] == "playing"]
    found = [
        session
        for group in _groups(sorted(playing, key=lambda event: (event["time"], event["_id"])))
        if (session := _session(group))["duration_playing_s"] > 30
    ]
    return sorted(found, key=lambda session: (session["time_start"], session["user_identity"]))


def _groups(in_order: Iterable[Event]) -> Iterable[list[Event]]:
    open_groups: dict[tuple[str, str], list[Event]] = {}
    closed = []
    for event in in_order:
        group = open_groups.setdefault(listener_of(event), [])
        former = group[-1]["time_end"] if group else None
        if former is not None and event["time"] - former > 300 * SECOND:
            closed.append(group)
            group = open_groups[listener_of(event)] = []
        group.append(event)
    return [*closed, *open_groups.values()]


def _session(group: Sequence[Event]) -> Event:
    ends = [event["time_end"] for event in group if event["time_end"] is not None]
    start, last = group[0]["time"], max(ends, default=None)
    user, device = listener_of(group[0])
    return {
        "time_start": start,
        "time_end": last,
        "duration_s": None if last is None else (last - start) / SECOND,
        "duration_playing_s": played_s(group, lambda _: True),
        "duration_playing_live_s": played_s(group, lambda event: event["source"] == "live"),
        "duration_playing_ondemand_s": played_s(group, lambda event: event["source"] == "on-demand"),
        "user_identity": user,
        "remote_addr": base64.b64decode(device.split("-")[0]).decode(),
    }


def played_s(events: Iterable[Event], wanted: Callable[[Event], bool]) -> float:
    """Seconds that those wanted played, to the millisecond."""
    millis = 0
    for event in events:
        calculated = event.get("calculated_duration_s")
        if not wanted(event) or event["state"] != "playing":
            continue
        if calculated is not None:
            millis += round(calculated * 1000)
        elif event["time_end"] is not None:
            millis += (event["time_end"] - event["time"]) // timedelta(milliseconds=1)
    return millis / 1000


def listeners(events: Iterable[Event], wanted: Callable[[Event], bool]) -> set[str]:
    """Users who played one of those wanted."""
    return {event["user_identity"] for event in events if event["state"] == "playing" and wanted(event)}


def summary(events: Iterable[Event], *, by: str, zone: ZoneInfo) -> list[Event]:
    """Totals by the local day, until 04:00 the day before's, or by its month."""
    periods: dict[str, list[Event]] = defaultdict(list)
    for event in events:
        local = event["time"].astimezone(zone)
        day = local.date() - timedelta(days=1) if local.hour < 4 else local.date()
        periods[day.isoformat()[: 10 if by == "day" else 7]].append(event)
    return [
        {
            "period": period,
            "events": len(group),
            "listeners": len(listeners(group, lambda _: True)),
            "listeners_live": len(listeners(group, lambda event: event["source"] == "live")),
            "listeners_ondemand": len(listeners(group, lambda event: event["source"] == "on-demand")),
            "hours": played_s(group, lambda _: True) / 3600,
            "hours_live": played_s(group, lambda event: event["source"] == "live") / 3600,
            "hours_ondemand": played_s(group, lambda event: event["source"] == "on-demand") / 3600,
        }
        for period, group in sorted(periods.items())
    ]
