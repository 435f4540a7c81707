"""What a streamer's new session takes from elsewhere, stage by stage: its id from a source, its tags."""

from collections.abc import Sequence
from typing import TypedDict

from bson import ObjectId

from app.aggregations.stages import Pipeline, Stage


class StreamerFacts(TypedDict, total=False):
    """A row of `facts_of`, which has one of these.

    `session_id`: the session that a source which has started says it belongs to. `tags`: the streamer's own.
    `devices`: the kinds of those that are online.
    """

    session_id: ObjectId
    tags: list[str]
    devices: list[str]


#: Sources are stored by name; from here on they are a list of `{k: name, v: source}`.
AS_LIST: Stage = {"$project": {"sources": {"$objectToArray": "$sources"}}}
ONE_EACH: Stage = {"$unwind": "$sources"}
THE_SOURCE_ITSELF: Stage = {"$replaceWith": "$sources.v"}
STARTED_AND_NAMED: Stage = {
    "$match": {"statuses.started": {"$exists": True}, "metadata.session_id": {"$exists": True}}
}
LATEST_FIRST: Stage = {"$sort": {"statuses.started": -1, "metadata.session_id": -1}}
ONLY_THE_FIRST: Stage = {"$limit": 1}
SESSION_ID: Stage = {"$project": {"_id": False, "session_id": "$metadata.session_id"}}


def named_session(streamer_id: ObjectId) -> Pipeline:
    """At most one row: of the sources that have started and name a session, the one that started last."""
    return [
        {"$match": {"user": streamer_id}},
        AS_LIST,
        ONE_EACH,
        THE_SOURCE_ITSELF,
        STARTED_AND_NAMED,
        LATEST_FIRST,
        ONLY_THE_FIRST,
        SESSION_ID,
    ]


def facts_of(streamer_id: ObjectId, device_kinds: Sequence[str]) -> Pipeline:
    """Runs on the sources; `StreamerFacts` rows, each part in one of them or in none, all in one question."""
    return [
        *named_session(streamer_id),
        {"$unionWith": {"coll": "users", "pipeline": own_tags(streamer_id)}},
        {"$unionWith": {"coll": "devices", "pipeline": online_devices(streamer_id, device_kinds)}},
    ]


def own_tags(streamer_id: ObjectId) -> Pipeline:
    """Runs on the users; the streamer's tags."""
    return [{"$match": {"_id": streamer_id}}, {"$project": {"_id": False, "tags": True}}]


def online_devices(streamer_id: ObjectId, kinds: Sequence[str]) -> Pipeline:
    """Runs on the devices; which of these kinds the streamer has online."""
    return [
        {"$match": {"user": streamer_id, "kind": {"$in": list(kinds)}, "online": True}},
        {"$group": {"_id": None, "devices": {"$addToSet": "$kind"}}},
        {"$project": {"_id": False, "devices": True}},
    ]
