"""The livestream collections of each test that asks for them."""

from typing import Any

import pytest
from channel_store import LivestreamStore
from pymongo import MongoClient

from app.settings import Settings


@pytest.fixture
def backstage(mongo: MongoClient[dict[str, Any]], settings: Settings) -> LivestreamStore:
    return LivestreamStore(mongo[settings.mongodb_database])
