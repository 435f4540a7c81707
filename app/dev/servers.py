"""Real servers on this machine: MongoDB as a one-member replica set, and Redis.

Used by `laurel dev`, the tests and the benchmarks alike. Both listen on 127.0.0.1 only.
"""

import socket
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.dev.binaries import MONGOD, REDIS, ServerUnavailable, find
from app.dev.children import Child
from app.dev.replica_set import REPLICA_SET, is_primary

HOST = "127.0.0.1"
POLL_S = 0.02
START_WITHIN_S = 30.0
#: WiredTiger takes half of the memory unless told otherwise.
MONGOD_CACHE_GB = 0.5
#: The default is five per cent of the disk.
OPLOG_MB = 1024
#: A score that misses a flush of the journal waits for so long; see docs/decisions/0036.
JOURNAL_COMMIT_MS = 5
#: For so long old versions are kept of whatever is written; see there too.
HISTORY_S = 10
#: Pages changed again and again, as by a rollover, are not written as often; see docs/decisions/0039.
EVICTION = (
    "eviction_dirty_target=20,eviction_dirty_trigger=40,"
    "eviction_updates_target=10,eviction_updates_trigger=20"
)
#: What is inserted together holds up the journal for scores that come meanwhile; see there too.
INSERTED_AT_ONCE = 32


@dataclass(kw_only=True, eq=False)
class Server(Child):
    """A server on a port and a directory that outlive its process."""

    uri: str
    port: int
    is_ready: Callable[[int], bool]

    def start(self) -> None:
        """Launch it and return once it serves."""
        self.launch()
        self.wait_until_ready()

    def restart(self) -> None:
        """Serve again, on the same port and data; what runs is stopped first."""
        self.stop()
        self.start()

    def wait_until_ready(self, within_s: float = START_WITHIN_S) -> None:
        """Return once it serves; raises ServerUnavailable when it ended or takes too long."""
        deadline = time.monotonic() + within_s
        while True:
            serves = _accepts(self.port) and self.is_ready(self.port)
            # Looked at last: what serves on this port may be somebody else.
            if not self.is_running() or time.monotonic() > deadline:
                self.kill()
                raise ServerUnavailable(f"{self.name} did not start; see {self.log}")
            if serves:
                return
            time.sleep(POLL_S)


def start_mongod(
    directory: Path,
    *,
    port: int | None = None,
    cache_gb: float = MONGOD_CACHE_GB,
    history_s: int = HISTORY_S,
    options: Sequence[str] = (),
) -> Server:
    """A mongod that is a writable primary, with its data and log in a directory of its own."""
    server = prepare_mongod(directory, port=port, cache_gb=cache_gb, history_s=history_s, options=options)
    server.start()
    return server


def start_redis(directory: Path, *, port: int | None = None, options: Sequence[str] = ()) -> Server:
    """A redis-server that keeps nothing on disk and evicts nothing."""
    server = prepare_redis(directory, port=port, options=options)
    server.start()
    return server


def prepare_mongod(
    directory: Path,
    *,
    port: int | None = None,
    cache_gb: float = MONGOD_CACHE_GB,
    history_s: int = HISTORY_S,
    options: Sequence[str] = (),
) -> Server:
    """The same mongod, not started yet."""
    port = port or free_port()
    data = directory / "data"
    data.mkdir(parents=True, exist_ok=True)
    command = [
        *(str(find(MONGOD)), "--dbpath", str(data), "--bind_ip", HOST, "--port", str(port)),
        *("--nounixsocket", "--quiet", "--replSet", REPLICA_SET, "--oplogSize", str(OPLOG_MB)),
        *("--wiredTigerCacheSizeGB", str(cache_gb)),
        *("--wiredTigerEngineConfigString", EVICTION),
        *("--journalCommitInterval", str(JOURNAL_COMMIT_MS)),
        *("--setParameter", f"internalInsertMaxBatchSize={INSERTED_AT_ONCE}"),
        *("--setParameter", f"minSnapshotHistoryWindowInSeconds={history_s}"),
        *("--setParameter", "shutdownTimeoutMillisForSignaledShutdown=100"),
        *("--setParameter", "diagnosticDataCollectionEnabled=false"),
        # What a killed process had begun blocks the shard it was placing players in for this long.
        *("--setParameter", "transactionLifetimeLimitSeconds=3"),
        *options,
    ]
    return Server(
        name="mongod",
        command=command,
        log=directory / "mongod.log",
        uri=f"mongodb://{HOST}:{port}/?replicaSet={REPLICA_SET}",
        port=port,
        is_ready=is_primary,
    )


def prepare_redis(directory: Path, *, port: int | None = None, options: Sequence[str] = ()) -> Server:
    """The same redis-server, not started yet."""
    port = port or free_port()
    directory.mkdir(parents=True, exist_ok=True)
    command = [
        *(str(find(REDIS)), "--bind", HOST, "--port", str(port), "--dir", str(directory)),
        *("--save", "", "--appendonly", "no", "--maxmemory-policy", "noeviction"),
        *("--set-proc-title", "no"),
        *options,
    ]
    return Server(
        name="redis-server",
        command=command,
        log=directory / "redis.log",
        uri=f"redis://{HOST}:{port}/0",
        port=port,
        is_ready=_answers_ping,
    )


def free_port() -> int:
    """A port that nobody listens on at this moment."""
    with socket.create_server((HOST, 0)) as probe:
        port: int = probe.getsockname()[1]
    return port


def _accepts(port: int) -> bool:
    try:
        socket.create_connection((HOST, port), timeout=1).close()
    except OSError:
        return False
    return True


def _answers_ping(port: int) -> bool:
    try:
        with socket.create_connection((HOST, port), timeout=1) as connection:
            connection.sendall(b"PING\r\n")
            return connection.recv(64).startswith(b"+PONG")
    except OSError:
        return False
