"""What a session is rated with before anybody has rated it: the rating of the streamer's session before."""

from collections.abc import Sequence
from typing import Any

from bson import ObjectId
from pymongo import DESCENDING, ReturnDocument

from app.aggregations.sessions import changed, owed_besides
from app.livestream.documents import SessionDocument
from app.livestream.follow_ups import Row, newly_owed


async def take_over_rating(session_id: ObjectId, *, owed: Sequence[Row]) -> list[str]:
    """Rate a session as the streamer's latest one that started before it was made and has a rating.

    A session that is rated already stays as it is. The follow-ups that are owed from now on, by name.
    """
    sessions = SessionDocument.get_motor_collection()
    session = await sessions.find_one({"_id": session_id}, {"user": 1, "statuses.created": 1})
    former = None if session is None else await _former_rating(session)
    if former is None:
        return []
    current, count = former["current"], former["current_count"]
    rating = {
        "current": current,
        "current_count": count,
        "previous": current,
        "previous_count": count,
    }
    rated = await sessions.find_one_and_update(
        {"_id": session_id, "rating.current": None},
        [owed_besides(owed), changed({"rating": rating})],
        projection={"follow_ups": 1},
        return_document=ReturnDocument.AFTER,
    )
    return [] if rated is None else newly_owed(rated, owed)


async def _former_rating(session: Row) -> dict[str, Any] | None:
    earlier = {
        "user": session["user"],
        "statuses.started": {"$lt": session["statuses"]["created"]},
        "rating.current": {"$ne": None},
    }
    found = await SessionDocument.get_motor_collection().find_one(
        earlier, {"rating": 1}, sort=[("statuses.started", DESCENDING)]
    )
    return None if found is None else found["rating"]
