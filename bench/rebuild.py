"""The rank index built from MongoDB, against the same data piped straight into Redis."""

import socket
import time
from concurrent.futures import ThreadPoolExecutor

from app.dev.servers import HOST
from app.game.documents import EntryDocument
from app.ranking.keys import time_text
from bench.boards import Board, board_of, index
from bench.figures import Line, at_most, compare
from bench.load import MeasurementFailed
from bench.plan import Plan
from bench.stand import Stand

LARGEST = 10**6
PAIRS = 3
SLOWER = at_most(2)
KEY = b"bench:order"
CHUNK = 1 << 20


def measure(stand: Stand, plan: Plan) -> list[Line]:
    """Seconds to build the index of one large board."""
    board = board_of(stand, min(LARGEST, plan.largest))
    commands = _commands(stand, board)
    pairs = [(index(stand, board), _pipe(stand, commands, board)) for _ in range(PAIRS)]
    return [compare(f"rank index of {board.size:,} entries", "s", pairs, SLOWER)]


def _commands(stand: Stand, board: Board) -> bytes:
    """A ZADD of each entry in Redis's own protocol, what `redis-cli --pipe` is fed with."""
    fields = {"account_id": 1, "score": 1, "last_updated": 1, "_id": 0}
    found = stand.fast_collection(EntryDocument.Settings.name).find({"shard_id": board.shard_id}, fields)
    return b"".join(
        _zadd(row["score"], time_text(row["last_updated"]) + row["account_id"])
        for row in found.batch_size(CHUNK // 100)
    )


def _zadd(score: int, member: str) -> bytes:
    words = (b"ZADD", KEY, str(-score).encode(), member.encode())
    return b"*4\r\n" + b"".join(b"$%d\r\n%s\r\n" % (len(word), word) for word in words)


def _pipe(stand: Stand, commands: bytes, board: Board) -> float:
    """Send all commands at once and wait for all answers; returns the seconds it took."""
    stand.redis.delete(KEY)
    began = time.perf_counter()
    with socket.create_connection((HOST, stand.redis_port)) as connection, ThreadPoolExecutor(1) as pool:
        sending = pool.submit(connection.sendall, commands)
        answered = 0
        while answered < board.size:
            answered += connection.recv(CHUNK).count(b"\n")
        sending.result()
    took = time.perf_counter() - began
    if stand.redis.zcard(KEY) != board.size:
        raise MeasurementFailed("not every line reached Redis")
    stand.redis.delete(KEY)
    return took
