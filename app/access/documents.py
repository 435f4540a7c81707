"""What is stored about API keys: never the key."""

from datetime import datetime
from typing import ClassVar

from beanie import Document
from pymongo import ASCENDING, IndexModel


class ApiKey(Document):
    """A key that was given out: whom it names, what it opens, and how to recognise it."""

    id: str  # type: ignore[assignment] # short, for people; Beanie's own default is an ObjectId
    name: str
    scopes: list[str]
    hash: str
    ending: str
    created_at: datetime
    revoked_at: datetime | None = None

    class Settings:
        """Collection and indexes."""

        name = "api_keys"
        indexes: ClassVar = [IndexModel([("hash", ASCENDING)], name="key_by_hash", unique=True)]
