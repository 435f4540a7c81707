"""Reading who is live at this moment."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.aggregations.live import live_sessions
from app.livestream.documents import SessionDocument


@dataclass(frozen=True, slots=True)
class LivePage:
    """Some of the sessions that are shown now, and how many there are."""

    total: int
    sessions: Sequence[Mapping[str, Any]]


async def read_live(*, excluded_tags: Sequence[str], skip: int, limit: int) -> LivePage:
    """Sessions that are shown now, the latest first; nobody whom no feed shows."""
    pipeline = live_sessions(excluded_tags=excluded_tags, skip=skip, limit=limit)
    (row,) = await SessionDocument.get_motor_collection().aggregate(pipeline).to_list(1)
    return LivePage(row["total"], row["sessions"])
