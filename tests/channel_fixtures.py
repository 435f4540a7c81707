"""What tests of channels want: the livestream collections, and a Pusher server."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from channel_store import LivestreamStore
from pusher_stand_in import PusherStandIn, serving_pusher
from pymongo import MongoClient

from app.settings import Settings


@pytest.fixture
def backstage(mongo: MongoClient[dict[str, Any]], settings: Settings) -> LivestreamStore:
    return LivestreamStore(mongo[settings.mongodb_database])


@pytest.fixture
async def pusher() -> AsyncIterator[PusherStandIn]:
    async with serving_pusher() as stand_in:
        yield stand_in
