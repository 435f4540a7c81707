"""Boards of a given size, filled straight into MongoDB and then indexed by the service itself."""

import random
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from bson import ObjectId

from app.game.definitions import UpdateRequest
from app.game.documents import EnrollmentDocument, EntryDocument, ShardDocument
from app.game.indexing import build_board
from app.kit.clock import utc_now
from app.resources import Resources
from bench.load import MeasurementFailed
from bench.stand import Stand

#: So many players of a large board are enrolled and can call; the others are only lines to be ranked among.
MOST_ENROLLED = 10_000
BATCH = 10_000
#: mongod stores one batch while Python spells the next.
FILLERS = 2
HIGHEST = 10**9
HOUR_MS = 3_600_000
BEGAN_MS = int(time.time() * 1000)


@dataclass(frozen=True, slots=True)
class Board:
    """One shard that holds every player of a leaderboard."""

    leaderboard_id: str
    shard_id: str
    size: int

    def players(self, count: int) -> list[str]:
        """So many accounts, spread evenly; scores are random, so they are spread over all ranks."""
        return [_account(number * self.size // count) for number in range(count)]


def board_of(stand: Stand, size: int) -> Board:
    """The stand's board of this size, filled at its first use."""
    leaderboard_id = f"board-{size}"
    shards = stand.fast_collection(ShardDocument.Settings.name)
    shard = shards.find_one({"leaderboard_id": leaderboard_id})
    if shard is not None:
        return Board(leaderboard_id, shard["_id"], size)
    board = Board(leaderboard_id, str(ObjectId()), size)

    async def define(resources: Resources) -> None:
        request = UpdateRequest(single=_definition(leaderboard_id))
        await resources.game.definitions.apply(request, actor="bench", now=utc_now())

    stand.run(define)
    _fill(stand, board)
    shards.insert_one(_shard(board))
    index(stand, board)
    # What was stored so far is written to disk now, not in the middle of a measurement.
    stand.mongodb.admin.command("fsync")
    return board


def index(stand: Stand, board: Board) -> float:
    """Build the board's rank index from nothing; returns the seconds it took."""

    async def build(resources: Resources) -> float:
        await resources.ranks.drop([board.shard_id])
        began = time.perf_counter()
        if not await build_board(resources.ranks, board.shard_id):
            raise MeasurementFailed(f"the rank index of {board.leaderboard_id} was not built")
        return time.perf_counter() - began

    return stand.run(build)


def entry_of(board: Board, number: int) -> dict[str, Any]:
    """The stored entry of the board's player of this number."""
    account_id = _account(number)
    draw = random.Random(number)
    at = BEGAN_MS - HOUR_MS - draw.randrange(HOUR_MS)
    return {
        "_id": f"{board.leaderboard_id}/1/public/{account_id}",
        "leaderboard_id": board.leaderboard_id,
        "cycle": 1,
        "tier": 0,
        "shard_id": board.shard_id,
        "guild_id": None,
        "account_id": account_id,
        "score": draw.randrange(1, HIGHEST),
        "version": 1,
        "last_updated": at,
        "touched_at": at,
        "state": "open",
    }


def _fill(stand: Stand, board: Board) -> None:
    entries = stand.fast_collection(EntryDocument.Settings.name)

    def insert(first: int) -> None:
        numbers = range(first, min(first + BATCH, board.size))
        batch = [entry_of(board, number) for number in numbers]
        entries.insert_many(batch, ordered=False, bypass_document_validation=True)

    with ThreadPoolExecutor(FILLERS) as pool:
        list(pool.map(insert, range(0, board.size, BATCH)))
    enrolled = board.players(min(board.size, MOST_ENROLLED))
    stand.fast_collection(EnrollmentDocument.Settings.name).insert_many(_enrollments(board, enrolled))


def _account(number: int) -> str:
    return f"{number:024x}"


def _definition(leaderboard_id: str) -> dict[str, Any]:
    return {
        "leaderboardId": leaderboard_id,
        "title": "Benchmark",
        "description": "One shard for all.",
        "rolloverType": 5,
        "startTime": 0,
        "tierCount": 1,
        "tierRules": [{"tier": 0, "playersPerShard": -1, "rewards": []}],
    }


def _shard(board: Board) -> dict[str, Any]:
    return {
        "_id": board.shard_id,
        "leaderboard_id": board.leaderboard_id,
        "cycle": 1,
        "tier": 0,
        "guild_id": None,
        "number": 1,
        "seats": board.size,
        "opened_at": utc_now(),
    }


def _enrollments(board: Board, account_ids: Sequence[str]) -> list[dict[str, Any]]:
    return [
        {
            "_id": str(ObjectId()),
            "account_id": account_id,
            "leaderboard_id": board.leaderboard_id,
            "tier": 0,
            "active_tier": 0,
            "seasonal_max_tier": 0,
            "scored_in_season": True,
            "active_cycle": 1,
            "promotion_status": -1,
            "season_ended": False,
            "current_shard_id": board.shard_id,
            "guild_id": None,
            "archives": [],
        }
        for account_id in account_ids
    ]
