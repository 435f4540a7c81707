"""The data directory of one `laurel dev`: who holds it, its secret, its state and its logs."""

import fcntl
import json
import os
import secrets
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

#: How long the servers of a killed `laurel dev` may take to die.
ORPHANS_DIE_WITHIN_S = 5.0
POLL_S = 0.05


class DirectoryInUse(Exception):  # named like the errors of the service
    """Another process holds this data directory; the text is one line."""


@dataclass(frozen=True, slots=True)
class DataDirectory:
    """The files of one development world; everything secret is readable by its owner only."""

    path: Path

    @property
    def logs(self) -> Path:
        """Where the output of every child goes."""
        return self.path / "logs"

    @property
    def mail(self) -> Path:
        """What the stand-in for the mailbox service has taken."""
        return self.path / "mail.jsonl"

    @property
    def _state(self) -> Path:
        return self.path / "state.json"

    @contextmanager
    def held(self) -> Iterator[int]:
        """Hold the directory, and yield a descriptor that holds it for as long as it is open anywhere.

        Give it to every child: then nobody gets the directory while one of them still lives.
        Raises DirectoryInUse while somebody else has it.
        """
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = os.open(self.path / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            self._lock(lock)
            os.truncate(lock, 0)
            os.pwrite(lock, str(os.getpid()).encode(), 0)
            self._state.unlink(missing_ok=True)  # of a run that was killed
            yield lock
        finally:
            os.close(lock)

    def secret(self) -> str:
        """The secret that signs tokens here, made at the first use; hold the directory."""
        if (known := self.known_secret()) is not None:
            return known
        made = secrets.token_urlsafe(48)
        write_private(self.path / "secret", made)
        return made

    def known_secret(self) -> str | None:
        """The secret, if there ever was a `laurel dev` here."""
        try:
            return (self.path / "secret").read_text().strip()
        except FileNotFoundError:
            return None

    @contextmanager
    def announced(self, variables: Mapping[str, str]) -> Iterator[None]:
        """Let other commands know the settings of what runs here, for as long as it does."""
        write_private(self._state, json.dumps({"settings": dict(variables)}, indent=2))
        try:
            yield
        finally:
            self._state.unlink(missing_ok=True)

    def announcement(self) -> dict[str, str] | None:
        """The settings of what runs here, or of what was killed since and not started again."""
        try:
            announced: dict[str, str] = json.loads(self._state.read_text())["settings"]
        except FileNotFoundError:
            return None
        return announced

    def new_log(self, name: str) -> Path:
        """An empty log; the one of the last run stays beside it."""
        self.logs.mkdir(exist_ok=True)
        log = self.logs / f"{name}.log"
        if log.exists():
            log.replace(log.with_suffix(".log.1"))
        return log

    def _lock(self, lock: int) -> None:
        deadline = time.monotonic() + ORPHANS_DIE_WITHIN_S
        while True:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                holder = os.pread(lock, 20, 0).decode()
                if _is_alive(holder) or time.monotonic() > deadline:
                    raise DirectoryInUse(f"{self.path} is in use by process {holder}") from None
                time.sleep(POLL_S)
            else:
                return


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner can read; a reader sees all of it or what was there before."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
    draft.replace(path)


def _is_alive(process_id: str) -> bool:
    try:
        os.kill(int(process_id), 0)
    except (ValueError, ProcessLookupError):
        return False
    except PermissionError:
        return True
    return True
