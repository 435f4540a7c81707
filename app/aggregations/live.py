"""Who is live at this moment, without waiting for a feed to be built."""

from collections.abc import Sequence

from app.aggregations.stages import Pipeline


def live_sessions(*, excluded_tags: Sequence[str], skip: int, limit: int) -> Pipeline:
    """Runs on the sessions: those that are shown now, the latest first, of users without these tags.

    One row `{total, sessions}`; its sessions are `{_id, user, username, title, started, viewers}`.
    """
    shown = {
        "user": "$user._id",
        "username": "$user.username",
        "title": 1,
        "started": "$statuses.started",
        "viewers": "$metadata.viewer_count",
    }
    page: Pipeline = [{"$skip": skip}, {"$limit": limit}, {"$project": shown}]
    return [
        {"$match": {"active": True, "statuses.started": {"$type": "date"}}},
        {"$lookup": {"from": "users", "localField": "user", "foreignField": "_id", "as": "user"}},
        {"$set": {"user": {"$first": "$user"}}},
        {"$match": {"user._id": {"$exists": True}, "user.tags": {"$nin": list(excluded_tags)}}},
        {"$sort": {"statuses.started": -1, "_id": 1}},
        {"$facet": {"count": [{"$count": "total"}], "sessions": page}},
        {"$project": {"total": {"$ifNull": [{"$first": "$count.total"}, 0]}, "sessions": 1}},
    ]
