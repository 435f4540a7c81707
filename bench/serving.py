"""Serving processes, awaited until they serve and stopped at the end."""

import http.client
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from app.dev.children import Child
from app.dev.servers import HOST
from bench.load import MeasurementFailed

READY_WITHIN_S = 30.0
POLL_S = 0.01
KIB_A_MIB = 1024


@dataclass(frozen=True, slots=True)
class Process:
    """A serving process, and how long it took to serve."""

    url: str
    port: int
    pid: int
    started_in_s: float

    def peak_memory_mib(self) -> float:
        """The most memory it ever had resident."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        peak = next(line for line in status.splitlines() if line.startswith("VmHWM"))
        return int(peak.split()[1]) / KIB_A_MIB


@contextmanager
def serving(
    name: str, command: Sequence[str], *, port: int, environment: Mapping[str, str], directory: Path
) -> Iterator[Process]:
    """A Python process that answers `/readyz` on this port, for as long as the block lasts."""
    log = directory / f"{name}.log"
    child = Child(
        name=name,
        command=[sys.executable, *command],
        log=log,
        environment=environment,
    )
    began = time.monotonic()
    child.launch()
    try:
        _wait_until_ready(child, port, log)
        took = time.monotonic() - began
        yield Process(f"http://{HOST}:{port}", port, child.process.pid if child.process else 0, took)
    finally:
        child.stop()


def _wait_until_ready(child: Child, port: int, log: Path) -> None:
    deadline = time.monotonic() + READY_WITHIN_S
    while not _is_ready(port):
        if not child.is_running() or time.monotonic() > deadline:
            raise MeasurementFailed(f"{child.name} did not start: {log.read_text()[-2000:]}")
        time.sleep(POLL_S)


def _is_ready(port: int) -> bool:
    connection = http.client.HTTPConnection(HOST, port, timeout=5)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status == http.HTTPStatus.OK
    except OSError:
        return False
    finally:
        connection.close()
