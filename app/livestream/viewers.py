"""Who watches a streamer: a mark per viewer and kind of viewing, as old as the viewer's last heartbeat.

A streamer's marks are one document, which has room for some 300,000 viewers.
"""

from datetime import datetime

from bson import ObjectId

from app.aggregations.viewers import without_stale_marks
from app.livestream.documents import Preset, StreamViewersDocument
from app.livestream.errors import SessionEnded
from app.livestream.session_reading import read_window


async def mark_viewer(session_id: str, viewer_id: str, kind: Preset, *, now: datetime) -> None:
    """Note that somebody watches a session; UnknownSession, or SessionEnded if there is nothing to watch."""
    session = await read_window(session_id)
    if session.ended_at is not None:
        raise SessionEnded
    # A heartbeat that was held up does not make a mark older.
    await StreamViewersDocument.get_motor_collection().update_one(
        {"streamer": session.user}, {"$max": {f"viewers.{kind.value}.{viewer_id}": now}}, upsert=True
    )


async def forget_stale_viewers(streamer_id: ObjectId, *, seen_after: datetime) -> None:
    """Remove a streamer's older marks."""
    await StreamViewersDocument.get_motor_collection().update_one(
        {"streamer": streamer_id}, without_stale_marks(list(Preset), seen_after=seen_after)
    )
