"""`laurel dev` and other commands as real processes."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from pydantic import SecretStr

from app.cli.target import settings_of
from app.dev.children import Child
from app.kit.tokens import sign_token
from app.settings import Settings

LAUREL = [sys.executable, "-m", "app.cli"]
ADMIN = f"{0xAD:024x}"
READY_WITHIN_S = 60.0
POLL_S = 0.05

Found = TypeVar("Found")


def laurel(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run one command to its end, with only these settings in its environment."""
    return subprocess.run(
        [*LAUREL, *arguments],
        capture_output=True,
        text=True,
        env=_environment(variables),
        timeout=READY_WITHIN_S,
        check=False,
    )


@dataclass
class Dev:
    """A running `laurel dev` and what it has printed."""

    child: Child
    data_dir: Path

    @property
    def printed(self) -> list[str]:
        assert self.child.log
        return self.child.log.read_text().splitlines()

    @property
    def url(self) -> str:
        return self.line("ready http://").removeprefix("ready ")

    @property
    def pid(self) -> int:
        assert self.child.process
        return self.child.process.pid

    def line(self, start: str) -> str:
        """The last line that starts so, waited for."""

        def found() -> str | None:
            return next((line for line in reversed(self.printed) if line.startswith(start)), None)

        return eventually(found)

    def processes(self) -> dict[int, str]:
        """Every process below this one: what it was started as, by id."""
        below = {self.pid}
        for pid, parent in sorted(_parents().items()):
            if parent in below:
                below.add(pid)
        return {pid: _command(pid) for pid in below - {self.pid}}

    def process(self, word: str) -> int:
        """The one process with this word in its command, waited for."""
        return eventually(lambda: next((pid for pid, line in self.processes().items() if word in line), None))

    def caller(self, role: str, account_id: str = ADMIN) -> dict[str, str]:
        """The headers of whoever has a token that `laurel token` would print, at a fraction of its time."""
        with settings_of(self.data_dir) as settings:
            assert settings.jwt_secret
            secret, audience = settings.jwt_secret.get_secret_value(), settings.jwt_audience
        token = sign_token(secret, subject=account_id, role=role, audience=audience, ttl_s=600)
        return {"Authorization": f"Bearer {token}"}

    def signalled(self, number: signal.Signals) -> int:
        """Its exit code after this signal."""
        os.kill(self.pid, number)
        assert self.child.process
        return self.child.process.wait(20)


def a_process(part: str, settings: Settings, *arguments: str, log: Path) -> Child:
    """`laurel api` or `laurel worker` with all that these settings have set, not started yet."""
    chosen = settings.model_dump(exclude_unset=True)
    secrets = {name: value for name, value in chosen.items() if isinstance(value, SecretStr)}
    plain = chosen | {name: value.get_secret_value() for name, value in secrets.items()}
    variables = {f"LAUREL_{name.upper()}": str(value) for name, value in plain.items()}
    command = [*LAUREL, part, *arguments]
    return Child(name=part, command=command, log=log, environment=_environment(variables))


@contextmanager
def running_dev(data_dir: Path, *arguments: str, **variables: str) -> Iterator[Dev]:
    """A `laurel dev` on a free port, ready; ended afterwards if it still runs."""
    log = data_dir.with_suffix(".out")
    log.unlink(missing_ok=True)
    command = [*LAUREL, "dev", "--port", "0", "--data-dir", str(data_dir), *arguments]
    child = Child(name="laurel dev", command=command, log=log, environment=_environment(variables))
    child.launch()
    try:
        dev = Dev(child, data_dir)
        assert dev.url
        yield dev
    finally:
        child.stop(15)


def eventually(find: Callable[[], Found | None], within_s: float = READY_WITHIN_S) -> Found:
    """What is found, as soon as there is something."""
    deadline = time.monotonic() + within_s
    while (found := find()) is None:
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(POLL_S)
    return found


def is_alive(pid: int) -> bool:
    return _command(pid) != ""


def _environment(variables: Mapping[str, str]) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LAUREL_")}
    return {**kept, **variables}


def _parents() -> dict[int, int]:
    return {
        int(entry.name): int(stat.rpartition(")")[2].split()[1])
        for entry in Path("/proc").iterdir()
        if entry.name.isdecimal() and (stat := _read(entry / "stat"))
    }


def _command(pid: int) -> str:
    """How a process was started; empty once it has ended, also before anybody has waited for it."""
    return _read(Path(f"/proc/{pid}/cmdline")).replace("\0", " ").strip()


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""
