"""Push messages that are owed: whom they go to, and how far that has come."""

from datetime import datetime
from typing import ClassVar

from beanie import Document, PydanticObjectId
from pydantic import BaseModel
from pymongo import ASCENDING, IndexModel

KEPT_S = 7 * 24 * 60 * 60


class PushMessage(BaseModel):
    """What is shown on a device, and what the app there is told."""

    title: str
    body: str
    data: dict[str, str]


class PushBatchDocument(Document):
    """One message for the devices of some followers, one after the other by their ids.

    Its id is the session's and its number among the batches of that session, which are stored in order: each
    begins after the follower with whom the one before it ended, so that every follower is in one of them at
    most, however often they are stored. `tokens` are the devices that have not got the message yet.
    `attempts` counts those who have taken the batch, `faults` how many in a row have failed since anything of
    it was done.
    """

    id: str  # type: ignore[assignment]
    message: PushMessage
    tokens: list[str]
    through: PydanticObjectId
    is_last: bool
    created_at: datetime
    due_at: datetime | None = None
    finished_at: datetime | None = None
    attempts: int = 0
    faults: int = 0
    last_error: str | None = None

    class Settings:
        """Collection and indexes; a batch goes a week after it is finished, never before."""

        name = "push_batches"
        indexes: ClassVar = [
            IndexModel([("due_at", ASCENDING)], name="batches_due", sparse=True),
            IndexModel(
                [("finished_at", ASCENDING)], name="forgotten", sparse=True, expireAfterSeconds=KEPT_S
            ),
        ]
