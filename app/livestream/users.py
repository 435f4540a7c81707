"""What other services tell about users: who they are, what they stream from, whom they follow, what they own.

Each is set to what was told last, whether or not anything was told before.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bson import ObjectId

from app.livestream.documents import (
    DeviceDocument,
    DeviceKind,
    FollowerDocument,
    SourceDocument,
    UserDocument,
)


@dataclass(frozen=True, slots=True)
class UserFacts:
    """Who a user is."""

    username: str
    biography: str
    tags: Sequence[str]


@dataclass(frozen=True, slots=True)
class SourceFacts:
    """How a source stands: the session it belongs to and when it started, as far as known."""

    session_id: str | None
    started: datetime | None


async def put_user(user_id: str, facts: UserFacts) -> None:
    """Say who a user is."""
    told = {
        "username": facts.username,
        "profile": {"biography": facts.biography},
        "tags": list(dict.fromkeys(facts.tags)),
    }
    await UserDocument.get_motor_collection().update_one(
        {"_id": ObjectId(user_id)}, {"$set": told}, upsert=True
    )


async def read_usernames(user_ids: Sequence[str]) -> dict[str, str]:
    """What users are called, by id; those of whom nothing was told are left out."""
    found = UserDocument.get_motor_collection().find(
        {"_id": {"$in": [ObjectId(user_id) for user_id in user_ids]}}, {"username": 1}
    )
    return {str(row["_id"]): row["username"] async for row in found}


async def put_source(user_id: str, name: str, facts: SourceFacts) -> None:
    """Say how one of a user's sources stands; its name is a field's, without dots and dollars."""
    told: Mapping[str, Any] = {
        "metadata": {} if facts.session_id is None else {"session_id": ObjectId(facts.session_id)},
        "statuses": {} if facts.started is None else {"started": facts.started},
    }
    await SourceDocument.get_motor_collection().update_one(
        {"user": ObjectId(user_id)}, {"$set": {f"sources.{name}": told}}, upsert=True
    )


async def follow(streamer_id: str, follower_id: str) -> None:
    """Say that somebody wants to hear of a streamer."""
    pair = {"streamer": ObjectId(streamer_id), "follower": ObjectId(follower_id)}
    await FollowerDocument.get_motor_collection().update_one(pair, {"$setOnInsert": pair}, upsert=True)


async def unfollow(streamer_id: str, follower_id: str) -> None:
    """Say that somebody does not."""
    await FollowerDocument.get_motor_collection().delete_one(
        {"streamer": ObjectId(streamer_id), "follower": ObjectId(follower_id)}
    )


async def put_device(user_id: str, token: str, *, kind: DeviceKind, online: bool) -> None:
    """Say what a user owns; a device that was another's is this user's from now on."""
    told = {"user": ObjectId(user_id), "kind": kind.value, "online": online}
    await DeviceDocument.get_motor_collection().update_one({"token": token}, {"$set": told}, upsert=True)


async def remove_device(user_id: str, token: str) -> None:
    """Say that a user does not own a device."""
    await DeviceDocument.get_motor_collection().delete_one({"token": token, "user": ObjectId(user_id)})
