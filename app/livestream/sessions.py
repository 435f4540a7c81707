"""A streamer's sessions: made active, shown, changed, ended; and what is announced with each of these.

Every change is one write. What follows from it is stored in that write, and only then is a worker woken.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bson import ObjectId
from pymongo import ReturnDocument
from pymongo.errors import DuplicateKeyError

from app.aggregations.sessions import (
    activated,
    active_or_named,
    changed,
    ended,
    owed_besides,
    owed_if_changed,
    started,
)
from app.aggregations.sources import StreamerFacts, facts_of
from app.aggregations.stages import Pipeline
from app.jobs import Jobs
from app.livestream.documents import (
    DeviceKind,
    Preset,
    SessionDocument,
    SourceDocument,
)
from app.livestream.errors import SessionContended, SessionEnded, UnknownSession
from app.livestream.follow_ups import FollowUps, Row, newly_owed
from app.livestream.rules.tags import session_tags
from app.livestream.session_reading import read_session
from app.livestream.signals import PRESET_CHANGED, RATING_UPDATED, SESSION_ENDED, SESSION_STARTED

#: Each further try needs somebody else to have started or ended a session of this streamer in between.
MOST_TRIES = 6


@dataclass(frozen=True, slots=True)
class Wish:
    """What a streamer asks of a new session: a title, and devices to be named if they are online."""

    title: str | None = None
    devices: tuple[DeviceKind, ...] = ()


@dataclass(frozen=True, slots=True)
class SessionChange:
    """What is to be otherwise; None stays as it is. A rating comes with how many have rated."""

    preset: Preset | None = None
    show_goal_pairs: Sequence[Row] | None = None
    exclusive_goal_pairs: Sequence[Row] | None = None
    viewer_count: int | None = None
    rating: tuple[float, int] | None = None

    def values(self) -> Row:
        """The new values by path."""
        current, count = self.rating or (None, None)
        values = {
            "status.preset": self.preset and self.preset.value,
            "show_goal_pairs": self.show_goal_pairs,
            "exclusive_goal_pairs": self.exclusive_goal_pairs,
            "metadata.viewer_count": self.viewer_count,
            "rating.current": current,
            "rating.current_count": count,
        }
        return {path: value for path, value in values.items() if value is not None}


class Sessions:
    """The acts on sessions; one per process."""

    def __init__(self, follow_ups: FollowUps, jobs: Jobs, *, price_sd: int) -> None:
        self._follow_ups = follow_ups
        self._jobs = jobs
        self._pricing = {Preset.PREVIEW.value: 0, Preset.SD.value: price_sd}

    async def activate(self, streamer_id: str, wish: Wish, *, now: datetime) -> tuple[Row, bool]:
        """The streamer's active session, and whether it has been made for this.

        One that is active is only read. A new one is announced, once per activation. Raises SessionContended
        when others keep being first.
        """
        user = ObjectId(streamer_id)
        if (active := await _active_session(user)) is not None:
            return active, False
        facts = await _facts_of(user, wish.devices)
        tags = session_tags(facts.get("tags", ()), devices=facts.get("devices", ()))
        owed = self._follow_ups.of(SESSION_STARTED, now=now)
        session_id = facts.get("session_id") or ObjectId()
        for _ in range(MOST_TRIES):
            new_session = self._new_session(session_id, user, wish.title, tags, now)
            try:
                session, is_new = await _activate(new_session, owed)
            except DuplicateKeyError as error:
                # Either another request was first, and the next look finds its session. Or the id is that of
                # somebody else's session, or of one that has ended.
                if "_id" in (error.details or {}).get("keyPattern", {}):
                    session_id = ObjectId()
                continue
            await self._wake(session, owed)
            return session, is_new
        raise SessionContended

    async def change(self, session_id: str, change: SessionChange, *, now: datetime) -> Row:
        """The session with that changed. Those who watch hear of another preset, and of a rating."""
        owed_for_preset = self._follow_ups.of(PRESET_CHANGED, now=now) if change.preset else []
        owed_for_rating = self._follow_ups.of(RATING_UPDATED, now=now) if change.rating else []
        update: Pipeline = []
        if change.preset is not None:
            update.append(owed_if_changed("status.preset", change.preset.value, owed=owed_for_preset))
        if change.rating is not None:
            update.append(owed_besides(owed_for_rating))
        if values := change.values():
            update.append(changed(values))
        if not update:
            return await read_session(session_id)
        session = await _update({"_id": ObjectId(session_id)}, update)
        if session is None:
            raise UnknownSession
        await self._wake(session, [*owed_for_preset, *owed_for_rating])
        return session

    async def start(self, session_id: str, *, now: datetime) -> Row:
        """The session, shown since the first time somebody said so."""
        not_ended = {"_id": ObjectId(session_id), "statuses.ended": None}
        session = await _update(not_ended, started(now=now))
        if session is None:
            await read_session(session_id)
            raise SessionEnded
        return session

    async def end(self, session_id: str, *, now: datetime) -> Row:
        """The session, over since the first time somebody said so, which is announced."""
        owed = self._follow_ups.of(SESSION_ENDED, now=now)
        session = await _update({"_id": ObjectId(session_id)}, ended(owed=owed, now=now))
        if session is None:
            raise UnknownSession
        await self._wake(session, owed)
        return session

    def _new_session(
        self, session_id: ObjectId, user: ObjectId, title: str | None, tags: list[str], now: datetime
    ) -> Row:
        return {
            "_id": session_id,
            "user": user,
            "title": title,
            "active": True,
            "status": {"preset": Preset.PREVIEW.value},
            "statuses": {"created": now},
            "pricing": self._pricing,
            "tags": tags,
            "show_goal_pairs": [],
            "exclusive_goal_pairs": [],
            "rating": {"current_count": 0, "previous_count": 0},
            "metadata": {"viewer_count": 0},
        }

    async def _wake(self, session: Row, owed: Sequence[Row]) -> None:
        names = newly_owed(session, owed)
        if names:
            await self._jobs.follow_ups(str(session["_id"]), names)


async def _activate(new_session: Row, owed: Sequence[Row]) -> tuple[Row, bool]:
    """The active session after one atomic write, and whether it is the new one."""
    sessions = SessionDocument.get_motor_collection()
    # As a command, because only its whole answer says whether there was a session before.
    answer: Mapping[str, Any] = await sessions.database.command(
        {
            "findAndModify": sessions.name,
            "query": active_or_named(new_session),
            # What is named could not be made active beside what is.
            "sort": {"active": -1},
            "update": activated(new_session, owed=owed),
            "new": True,
            "upsert": True,
            "writeConcern": sessions.write_concern.document,
        },
        codec_options=sessions.codec_options,
    )
    return answer["value"], not answer["lastErrorObject"]["updatedExisting"]


async def _update(where: Row, update: Pipeline) -> Row | None:
    session: Row | None = await SessionDocument.get_motor_collection().find_one_and_update(
        where, update, return_document=ReturnDocument.AFTER
    )
    return session


async def _active_session(user: ObjectId) -> Row | None:
    found: Row | None = await SessionDocument.get_motor_collection().find_one({"user": user, "active": True})
    return found


async def _facts_of(user: ObjectId, devices: Sequence[DeviceKind]) -> StreamerFacts:
    """What a new session takes from elsewhere; of a streamer nobody has told of, nothing."""
    found = StreamerFacts()
    question = facts_of(user, [kind.value for kind in devices])
    async for row in SourceDocument.get_motor_collection().aggregate(question):
        found.update(row)
    return found
