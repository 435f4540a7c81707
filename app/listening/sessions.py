"""Listening looked at: who listened from when to when, and how much in all."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from app.aggregations.listening.sessions import Heard, listening_sessions
from app.aggregations.listening.summary import By, summary
from app.aggregations.stages import Pipeline
from app.listening.documents import PlayerEventDocument
from app.listening.rules.spans import DAY_STARTS_AT

#: What takes longer was asked about too long a time.
LONGEST_MS = 18_000

Row = Mapping[str, Any]


async def read_sessions(heard: Heard, *, limit: int) -> list[Row]:
    """The first sessions of playing events, by their beginning."""
    return await _rows(listening_sessions(heard, limit=limit))


async def read_summary(
    since: datetime | None, until: datetime | None, *, by: By, zone: ZoneInfo
) -> list[Row]:
    """Totals of each day or month in which there are events."""
    heard = Heard(since, until)
    return await _rows(summary(heard, by=by, zone=zone.key, day_starts_at=DAY_STARTS_AT.hour))


async def _rows(pipeline: Pipeline) -> list[Row]:
    events = PlayerEventDocument.get_motor_collection()
    rows: list[Row] = await events.aggregate(pipeline, allowDiskUse=True, maxTimeMS=LONGEST_MS).to_list(None)
    return rows
