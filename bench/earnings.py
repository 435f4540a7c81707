"""Earnings in, against a bare transaction of the same writes."""

import http.client
import random
import time
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any

import orjson
from bson import ObjectId
from pymongo import InsertOne, UpdateOne, WriteConcern

from app.aggregations.earnings import Category
from app.dev.servers import HOST
from app.earnings.documents import EarningDocument, LeaderboardChangeDocument
from app.earnings.rules.changes import wanted
from app.earnings.rules.earning import Earning, increments
from app.kit.clock import utc_now
from app.livestream.documents import SessionDocument
from bench.figures import Line, at_least, compare
from bench.load import MeasurementFailed
from bench.plan import Plan
from bench.session_leaderboards import a_session
from bench.stand import Stand

PER_REQUEST = 500
VIEWERS = 2_000
#: Of the hour, in the floor; the service has come to as many by itself.
PARTS = 4
THROUGHPUT = at_least(0.5)

Row = dict[str, Any]


def measure(stand: Stand, plan: Plan) -> list[Line]:
    """Events a second, one request or transaction after the other."""
    streamer, session_id = ObjectId(), ObjectId()
    sessions = stand.fast_collection(SessionDocument.Settings.name)
    sessions.insert_one(a_session(session_id, streamer, utc_now()))
    batches = _batches(streamer, session_id)
    connection = http.client.HTTPConnection(HOST, stand.api.port, timeout=60)
    post, bare = _requests(stand, connection), _BareTransactions(stand)
    try:
        pairs = plan.alternate(
            lambda seconds: _rate(post, batches, seconds),
            lambda seconds: _rate(bare.write, batches, seconds),
        )
    finally:
        connection.close()
    return [compare(f"POST /earnings, {PER_REQUEST} a request", "events/s", pairs, THROUGHPUT)]


def _requests(stand: Stand, connection: http.client.HTTPConnection) -> Callable[[list[Earning]], None]:
    headers = {"Authorization": f"Bearer {stand.service_token()}", "Content-Type": "application/json"}

    def post(batch: list[Earning]) -> None:
        body = orjson.dumps({"events": [_event(earning) for earning in batch]})
        connection.request("POST", "/earnings", body, headers)
        response = connection.getresponse()
        if orjson.loads(response.read()).get("applied") != PER_REQUEST:
            raise MeasurementFailed(f"POST /earnings: {response.status}")

    return post


def _rate(write: Callable[[list[Earning]], None], batches: Iterator[list[Earning]], seconds: int) -> float:
    done, took = 0, 0.0
    while took < seconds:
        batch = next(batches)
        began = time.perf_counter()
        write(batch)
        took += time.perf_counter() - began
        done += PER_REQUEST
    return done / took


def _batches(streamer: ObjectId, session_id: ObjectId) -> Iterator[list[Earning]]:
    viewers = [ObjectId() for _ in range(VIEWERS)]
    numbers = count()
    while True:
        now = utc_now()
        yield [
            Earning(
                event_id=f"bench-{next(numbers)}",
                streamer=streamer,
                session=session_id,
                viewer=random.choice(viewers),
                category=random.choice((Category.VIEWS, Category.GIFTS, Category.CHAT)),
                diamonds=random.randrange(1, 100),
                time=now,
            )
            for _ in range(PER_REQUEST)
        ]


def _event(earning: Earning) -> Row:
    return {
        "event_id": earning.event_id,
        "streamer_id": str(earning.streamer),
        "session_id": str(earning.session),
        "viewer_id": str(earning.viewer),
        "category": earning.category,
        "diamonds": earning.diamonds,
    }


class _BareTransactions:
    """The floor: the same fields of as many documents, in collections with the same indexes."""

    def __init__(self, stand: Stand) -> None:
        self._client = stand.mongodb
        database = stand.mongodb.get_database(
            stand.settings.mongodb_database, write_concern=WriteConcern(w="majority", j=True)
        )
        self._hours = database["bare_hours"]
        self._hours.create_indexes(EarningDocument.Settings.indexes)
        self._changes = database["bare_changes"]
        self._changes.create_indexes(LeaderboardChangeDocument.Settings.indexes)
        self._ledger = database.create_collection("bare_ledger")

    def write(self, earnings: list[Earning]) -> None:
        """One transaction."""
        parts = {earning.hour: PARTS for earning in earnings}
        hours = [
            UpdateOne(
                {"user": part.hour.streamer, "time": part.hour.time, "part": part.number},
                {"$inc": dict(paths)},
                upsert=True,
            )
            for part, paths in increments(earnings, parts).items()
        ]
        events = [
            InsertOne(
                {
                    "_id": earning.event_id,
                    "call": earning.session,
                    "streamer": earning.streamer,
                    "session": earning.session,
                    "viewer": earning.viewer,
                    "category": earning.category.value,
                    "diamonds": earning.diamonds,
                    "time": earning.time,
                }
            )
            for earning in earnings
        ]
        with self._client.start_session() as session, session.start_transaction():
            changes = [UpdateOne({"_id": earnings[0].session}, wanted(earnings[0].time), upsert=True)]
            self._changes.bulk_write(changes, session=session)
            self._hours.bulk_write(hours, session=session)
            self._ledger.bulk_write(events, session=session)
