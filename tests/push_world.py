"""Followers and their devices, and the messages that are owed to them."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from bson import ObjectId

from app.livestream.documents import DeviceDocument, FollowerDocument
from app.livestream.push import PushNotifications
from app.livestream.push_documents import PushBatchDocument

Json = dict[str, Any]

NOW = datetime(2026, 5, 1, 2, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
SESSION = ObjectId(f"{0x5E:024x}")
STREAMER = ObjectId(f"{0xA:024x}")


def user(number: int) -> ObjectId:
    return ObjectId(f"{0xF0_0000 + number:024x}")


def phone(number: int) -> str:
    return f"phone-{number}"


async def add_followers(numbers: Sequence[int], *, devices: int = 1) -> None:
    """Followers of the streamer; the first device of each is named after its number."""
    await FollowerDocument.get_motor_collection().insert_many(
        [{"streamer": STREAMER, "follower": user(number)} for number in numbers]
    )
    tokens = [(number, phone(number) + "'" * device) for number in numbers for device in range(devices)]
    if tokens:
        await DeviceDocument.get_motor_collection().insert_many(
            [
                {"user": user(number), "kind": "push", "token": token, "online": True}
                for number, token in tokens
            ]
        )


async def notify(push: PushNotifications, session_id: ObjectId = SESSION) -> None:
    await push.notify_followers(session_id, STREAMER, now=NOW)


async def batches() -> list[Json]:
    rows: list[Json] = await PushBatchDocument.get_motor_collection().find().sort("_id").to_list(None)
    return rows


async def devices() -> set[str]:
    return {row["token"] async for row in DeviceDocument.get_motor_collection().find()}
