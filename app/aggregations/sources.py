"""Which session a streamer's sources belong to, stage by stage."""

from typing import TypedDict

from bson import ObjectId

from app.aggregations.stages import Pipeline, Stage


class NamedSession(TypedDict):
    """The row of `named_session`: the session that a source which has started says it belongs to."""

    session_id: ObjectId


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
