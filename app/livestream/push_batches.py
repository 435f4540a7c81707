"""Stored batches of push messages: how a session's are made, and how each is worked off in parts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bson import ObjectId
from pymongo import ASCENDING, DESCENDING, ReturnDocument
from pymongo.errors import DuplicateKeyError

from app.aggregations.push import settling
from app.kit.pauses import Pauses
from app.livestream.documents import DeviceDocument, DeviceKind, FollowerDocument
from app.livestream.push_documents import PushBatchDocument

Row = dict[str, Any]

FOLLOWERS_A_BATCH = 500
#: So many messages may come twice when a worker dies while sending.
TOKENS_A_PART = 25

#: A part takes 20 s at most: a new access token, the call, another token, the call again.
LEASE = timedelta(seconds=30)
PAUSES = Pauses(first=timedelta(seconds=1), longest=timedelta(minutes=10))


@dataclass(frozen=True, slots=True)
class Part:
    """Some devices of a batch, taken by whoever made the `attempt`-th attempt."""

    batch_id: str
    message: Mapping[str, Any]
    tokens: Sequence[str]
    created_at: datetime
    attempt: int
    faults: int


async def last_batch(session_id: ObjectId) -> Row | None:
    """The batch of a session that was stored last, if there is one."""
    of_session = {"$gte": f"{session_id}/", "$lt": f"{session_id}0"}  # 0 comes after the slash
    found: Row | None = await PushBatchDocument.get_motor_collection().find_one(
        {"_id": of_session}, {"through": 1, "is_last": 1}, sort=[("_id", DESCENDING)]
    )
    return found


async def store_batch(
    session_id: ObjectId, streamer_id: ObjectId, message: Row, *, after: Row | None, now: datetime
) -> Row | None:
    """The batch that follows this one, stored by us or by whoever was faster; None without more followers."""
    followers = await _followers(streamer_id, None if after is None else after["through"])
    if not followers:
        return None
    number = 0 if after is None else int(after["_id"].partition("/")[2]) + 1
    batch = {
        "_id": f"{session_id}/{number:06}",
        "message": message,
        "tokens": await _tokens(followers),
        "through": followers[-1],
        "is_last": len(followers) < FOLLOWERS_A_BATCH,
        "created_at": now,
        "attempts": 0,
        "faults": 0,
        "last_error": None,
    }
    # Also without a device it is stored: it says where the next one begins.
    batch["due_at" if batch["tokens"] else "finished_at"] = now
    batches = PushBatchDocument.get_motor_collection()
    try:
        await batches.insert_one(batch)
    except DuplicateKeyError:
        stored: Row | None = await batches.find_one({"_id": batch["_id"]}, {"through": 1, "is_last": 1})
        return stored
    return batch


async def take_part(now: datetime) -> Part | None:
    """The next devices of the batch that has been due for longest, before anybody else could take them."""
    row = await PushBatchDocument.get_motor_collection().find_one_and_update(
        {"due_at": {"$lte": now}},
        {"$set": {"due_at": now + LEASE}, "$inc": {"attempts": 1}},
        sort=[("due_at", ASCENDING)],
        projection={
            "tokens": {"$slice": TOKENS_A_PART},
            **dict.fromkeys(("message", "created_at", "attempts", "faults"), 1),
        },
        return_document=ReturnDocument.AFTER,
    )
    if row is None:
        return None
    return Part(row["_id"], row["message"], row["tokens"], row["created_at"], row["attempts"], row["faults"])


async def settle_part(
    part: Part, *, failed: Sequence[str], fault: str | None, at_least: timedelta, now: datetime
) -> None:
    """Record how an attempt ended: all but `failed` is done, and those rest as long as they were asked to."""
    has_progress = len(failed) < len(part.tokens)
    faults = (0 if has_progress else part.faults) + bool(failed)
    due_at = now + max(PAUSES.after(faults), at_least) if failed else now
    update = settling(
        attempt=part.attempt,
        done=[token for token in part.tokens if token not in failed],
        failed=failed,
        now=now,
        due_at=due_at,
        faults=faults,
        last_error=fault,
    )
    await PushBatchDocument.get_motor_collection().update_one({"_id": part.batch_id}, update)


async def give_up(part: Part, *, now: datetime) -> None:
    """Send the rest of a batch to nobody."""
    await PushBatchDocument.get_motor_collection().update_one(
        {"_id": part.batch_id, "attempts": part.attempt},
        {"$set": {"tokens": [], "finished_at": now, "last_error": "too late"}, "$unset": {"due_at": ""}},
    )


async def forget_devices(tokens: Sequence[str]) -> None:
    """Delete push devices that are no more."""
    gone = {"token": {"$in": list(tokens)}, "kind": DeviceKind.PUSH}
    await DeviceDocument.get_motor_collection().delete_many(gone)


async def _followers(streamer_id: ObjectId, after: ObjectId | None) -> list[ObjectId]:
    """The next of a streamer's followers by id."""
    wanted: Row = {"streamer": streamer_id}
    if after is not None:
        wanted["follower"] = {"$gt": after}
    found = FollowerDocument.get_motor_collection().find(wanted, {"_id": 0, "follower": 1})
    rows = await found.sort("follower", ASCENDING).limit(FOLLOWERS_A_BATCH).to_list(None)
    return [row["follower"] for row in rows]


async def _tokens(followers: Sequence[ObjectId]) -> list[str]:
    """The push devices of these followers."""
    wanted = {"user": {"$in": list(followers)}, "kind": DeviceKind.PUSH}
    rows = await DeviceDocument.get_motor_collection().find(wanted, {"_id": 0, "token": 1}).to_list(None)
    return [row["token"] for row in rows]
