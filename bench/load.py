"""HTTP load by wrk, which costs a fraction of what it measures."""

import json
import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

SCRIPT = Path(__file__).with_name("requests.lua")
THREADS = 2
#: In which every connection is made; it counts neither as time nor as load.
IDLE_S = 1


class MeasurementFailed(Exception):  # named like the errors of the service
    """A run that says nothing; the text says why."""


@dataclass(frozen=True, slots=True)
class Call:
    """One request that the generator repeats."""

    method: str
    path: str
    token: str
    body: str = ""


@dataclass(frozen=True, slots=True)
class Load:
    """What one run of the generator saw. Every answer was a success."""

    per_second: float
    p50_ms: float
    p99_ms: float


@dataclass(frozen=True, slots=True)
class Generator:
    """Repeats the calls of a file in turn, over so many connections.

    Each of them pauses before the next call, for `pause_ms` on average; without a pause the server has as
    much to do as it can.
    """

    calls: Path
    connections: int
    pause_ms: int = 0

    def drive(self, url: str, seconds: int) -> Load:
        """Load the server for so long. Raises MeasurementFailed if a single call did not succeed."""
        command = [
            *(
                "wrk",
                f"-t{THREADS}",
                f"-c{self.connections}",
                f"-d{seconds + IDLE_S}s",
                "-s",
                str(SCRIPT),
                url,
            ),
            *(
                "--",
                str(self.calls),
                str(self.connections // THREADS),
                str(IDLE_S * 1000),
                str(self.pause_ms),
            ),
        ]
        ran = subprocess.run(command, capture_output=True, text=True, check=False)
        if ran.returncode != 0:
            raise MeasurementFailed(f"wrk: {(ran.stderr or ran.stdout).strip()}")
        seen = json.loads(ran.stdout.splitlines()[-1])
        if any(seen["errors"].values()) or not seen["requests"]:
            raise MeasurementFailed(f"{url}: {seen['requests']} requests, errors {seen['errors']}")
        return Load(
            per_second=seen["requests"] / (seen["duration_us"] / 1e6 - IDLE_S),
            p50_ms=seen["p50_us"] / 1e3,
            p99_ms=seen["p99_us"] / 1e3,
        )


def require_wrk() -> None:
    """Raise MeasurementFailed unless the generator is installed."""
    if shutil.which("wrk") is None:
        raise MeasurementFailed("wrk is missing: install it (apt-get install wrk, brew install wrk)")


def write_calls(calls: Iterable[Call], file: Path) -> Path:
    """A file of calls as the generator's script reads it."""
    lines = (f"{call.method}\t{call.path}\t{call.token}\t{call.body}\n" for call in calls)
    file.write_text("".join(lines))
    return file
