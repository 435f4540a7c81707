"""Whose sessions are."""

from collections.abc import Iterable

from bson import ObjectId

from app.livestream.documents import SessionDocument


async def streamers_of(session_ids: Iterable[ObjectId]) -> dict[ObjectId, ObjectId]:
    """The streamer of each session; of those that are not known, none."""
    found = SessionDocument.get_motor_collection().find({"_id": {"$in": list(session_ids)}}, {"user": 1})
    return {row["_id"]: row["user"] async for row in found}
