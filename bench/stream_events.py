"""Stream events in, against a bare `insert_many` of the same; and out, far pages against the first."""

import http.client
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import count
from typing import Any
from urllib.parse import urlencode

import orjson
from pymongo import WriteConcern

from app.dev.servers import HOST
from app.kit.clock import utc_now
from app.listening.documents import StreamEventDocument
from app.listening.rules.cursors import Cursor, Side
from app.listening.rules.stream_events import stream_event
from bench.figures import Line, at_least, at_most, compare
from bench.load import MeasurementFailed
from bench.plan import Plan
from bench.stand import Stand

PER_REQUEST = 1_000
PER_PAGE = 1_000
STORED = 10**6
BATCH = 10_000
THROUGHPUT = at_least(0.5)
SLOWER = at_most(1.5)
PATH = "/api/v1/stats"
USER_AGENT = "Linux UPnP/1.0 Sonos/57.21-51190 (ZPS12) Nullsoft Winamp3 version 3.0 (compatible)"

Row = dict[str, Any]


def measure(stand: Stand, plan: Plan) -> list[Line]:
    """Events a second into the service and past it, and how long pages take among many events."""
    connection = http.client.HTTPConnection(HOST, stand.api.port, timeout=30)
    try:
        ingested = _compare_ingest(stand, plan, connection)
        return [ingested, _compare_pages(stand, plan, connection)]
    finally:
        connection.close()
        stand.fast_collection(StreamEventDocument.Settings.name).drop()


def _compare_ingest(stand: Stand, plan: Plan, connection: http.client.HTTPConnection) -> Line:
    numbers = count()
    bare = stand.mongodb[stand.settings.mongodb_database].get_collection(
        "bare_events", write_concern=WriteConcern(w="majority", j=True)
    )
    bare.create_indexes(StreamEventDocument.Settings.indexes)

    def post(events: list[Row]) -> float:
        body = orjson.dumps(events)
        began = time.perf_counter()
        answer = _ask(stand, connection, "POST", f"{PATH}/ingest/stream-events/", body)
        took = time.perf_counter() - began
        if answer["stored"] != PER_REQUEST:
            raise MeasurementFailed(f"not every event was stored: {answer}")
        return took

    def insert(events: list[Row]) -> float:
        rows = [stream_event(event) for event in events]
        began = time.perf_counter()
        bare.insert_many(rows, ordered=False)
        return time.perf_counter() - began

    def rate(store: Callable[[list[Row]], float], seconds: int) -> float:
        spent, done = 0.0, 0
        while spent < seconds:
            spent += store([_event(next(numbers)) for _ in range(PER_REQUEST)])
            done += PER_REQUEST
        return done / spent

    pairs = plan.alternate(lambda seconds: rate(post, seconds), lambda seconds: rate(insert, seconds))
    bare.drop()
    return compare(f"POST stream-events, {PER_REQUEST:,} a request", "events/s", pairs, THROUGHPUT)


def _compare_pages(stand: Stand, plan: Plan, connection: http.client.HTTPConnection) -> Line:
    events = stand.fast_collection(StreamEventDocument.Settings.name)
    stored = min(STORED, plan.largest)
    for first in range(0, stored, BATCH):
        rows = [stream_event(_event(-number)) for number in range(first + 1, first + BATCH + 1)]
        events.insert_many(rows, ordered=False)
    pages = stored // PER_PAGE
    (row,) = events.find({}, {"_id": 1}).sort("_id", 1).skip((pages - 1) * PER_PAGE - 1).limit(1)
    last = str(Cursor(Side.AFTER, row["_id"]))

    def seconds_of(**parameters: str) -> float:
        query = urlencode({"limit": PER_PAGE, **parameters})
        began = time.perf_counter()
        answer = _ask(stand, connection, "GET", f"{PATH}/stream-events/?{query}")
        if len(answer["results"]) != PER_PAGE:
            raise MeasurementFailed("a page was not full")
        return (time.perf_counter() - began) * 1000

    pairs = [(seconds_of(cursor=last), seconds_of()) for _ in range(10 * plan.pairs)]
    work = f"GET stream-events, page {pages:,} of {PER_PAGE:,} events against page 1"
    return compare(work, "ms", pairs[plan.pairs :], SLOWER)


def _ask(
    stand: Stand, connection: http.client.HTTPConnection, method: str, path: str, body: bytes | None = None
) -> Row:
    headers = {"Authorization": f"Bearer {stand.service_token()}", "Content-Type": "application/json"}
    connection.request(method, path, body, headers)
    response = connection.getresponse()
    content = response.read()
    if response.status not in (http.HTTPStatus.OK, http.HTTPStatus.CREATED):
        raise MeasurementFailed(f"{method} {path}: {response.status} {content[:200]!r}")
    answer: Row = orjson.loads(content)
    return answer


BEGAN = utc_now().replace(microsecond=0)


def _event(number: int) -> Row:
    """One connection every tenth of a second; negative numbers lie before the beginning of the run."""
    start: datetime = BEGAN + timedelta(seconds=number / 10)
    return {
        "origin": "hls",
        "ip": f"203.0.113.{number % 256}",
        "method": "GET",
        "path": "/320.mp3",
        "status": 200,
        "bytes_sent": 12_345 + number % 100_000,
        "user_agent": USER_AGENT,
        "referer": "",
        "time_start": str(start),
        "time_end": str(start + timedelta(seconds=60)),
        "seconds_connected": 60,
    }
