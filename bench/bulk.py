"""Many scores a request, against a script that makes the same updates by one bare bulk write."""

import http.client
import time
from collections.abc import Callable, Iterator
from itertools import cycle
from typing import Any

import orjson
from pymongo import UpdateOne, WriteConcern
from pymongo.collection import Collection

from app.dev.servers import HOST
from app.game.documents import EntryDocument
from bench.boards import Board, board_of, entry_of
from bench.figures import Line, at_least, compare
from bench.load import MeasurementFailed
from bench.plan import Plan
from bench.stand import Stand

SIZE = 10_000
PER_REQUEST = 500
THROUGHPUT = at_least(0.6)

Batch = list[str]
WriteBatch = Callable[[Batch], None]


def measure(stand: Stand, plan: Plan) -> list[Line]:
    """Scores a second, one request or bulk write after the other."""
    board = board_of(stand, SIZE)
    batches = _batches(board)
    connection = http.client.HTTPConnection(HOST, stand.api.port, timeout=30)
    request, write = _requests(stand, board, connection), _bare_writes(stand, board)
    try:
        pairs = plan.alternate(
            lambda seconds: _rate(request, batches, seconds),
            lambda seconds: _rate(write, batches, seconds),
        )
    finally:
        connection.close()
    work = f"PATCH /leaderboard/scores, {PER_REQUEST} a request"
    return [compare(work, "scores/s", pairs, THROUGHPUT)]


def _batches(board: Board) -> Iterator[Batch]:
    players = board.players(board.size)
    return cycle([players[at : at + PER_REQUEST] for at in range(0, len(players), PER_REQUEST)])


def _rate(write_batch: WriteBatch, batches: Iterator[Batch], seconds: int) -> float:
    done, began = 0, time.perf_counter()
    while time.perf_counter() < began + seconds:
        write_batch(next(batches))
        done += PER_REQUEST
    return done / (time.perf_counter() - began)


def _requests(stand: Stand, board: Board, connection: http.client.HTTPConnection) -> WriteBatch:
    headers = {"Authorization": f"Bearer {stand.service_token()}", "Content-Type": "application/json"}

    def patch(batch: Batch) -> None:
        scores = [
            {"accountId": account_id, "leaderboardId": board.leaderboard_id, "score": 7}
            for account_id in batch
        ]
        connection.request("PATCH", "/leaderboard/scores", orjson.dumps({"scores": scores}), headers)
        response = connection.getresponse()
        answer = orjson.loads(response.read())
        if response.status != http.HTTPStatus.OK or answer["applied"] != PER_REQUEST:
            raise MeasurementFailed(f"PATCH /leaderboard/scores: {response.status} {str(answer)[:200]}")

    return patch


def _bare_writes(stand: Stand, board: Board) -> WriteBatch:
    """The same fields of as many documents of the same shape, in a collection with the same indexes."""
    copies = _copies(stand, board)
    version = 1

    def write(batch: Batch) -> None:
        nonlocal version
        version += 1
        now_ms = time.time_ns() // 1_000_000
        after = {"version": version, "last_updated": now_ms, "touched_at": now_ms}
        updates = [
            UpdateOne({"_id": account_id}, {"$set": {"score": version * 7, **after}}) for account_id in batch
        ]
        if copies.bulk_write(updates, ordered=False).modified_count != PER_REQUEST:
            raise MeasurementFailed("the bare bulk write did not change every document")

    return write


def _copies(stand: Stand, board: Board) -> Collection[dict[str, Any]]:
    database = stand.mongodb[stand.settings.mongodb_database]
    copies = database.get_collection("bare_entries", write_concern=WriteConcern(w="majority", j=True))
    copies.create_indexes(EntryDocument.Settings.indexes)
    players = board.players(board.size)
    copies.insert_many(
        {**entry_of(board, number), "_id": account_id} for number, account_id in enumerate(players)
    )
    return copies
