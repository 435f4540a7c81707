"""Child processes that never outlive the process that started them."""

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

STOP_WITHIN_S = 5.0

_PR_SET_PDEATHSIG = 1
# Loaded before any fork: the child of a process with threads may not load a library.
_LIBC = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


@dataclass(kw_only=True, eq=False)
class Child:
    """A command that can be started again after it has ended.

    It writes to its log, or without one to this process's stderr. Descriptors given stay open in it.
    """

    name: str
    command: Sequence[str]
    log: Path | None = None
    environment: Mapping[str, str] | None = None
    descriptors: Sequence[int] = ()
    process: subprocess.Popen[bytes] | None = None

    def launch(self) -> None:
        """Start the process and return at once.

        On Linux it dies with the *thread* that calls this, so call it from the main thread.
        """
        if self.log is None:
            self.process = self._spawn(sys.stderr.fileno())
            return
        with self.log.open("ab") as output:
            self.process = self._spawn(output)

    def is_running(self) -> bool:
        """True from the launch until the process has ended."""
        return self.process is not None and self.process.poll() is None

    def stop(self, within_s: float = STOP_WITHIN_S) -> None:
        """Ask the process to stop, wait, and kill it if it does not."""
        if self.process is None:
            return
        self.process.terminate()
        try:
            self.process.wait(within_s)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """End the process at once, as a crash would."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def _spawn(self, output: IO[bytes] | int) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            self.command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            env=self.environment,
            pass_fds=self.descriptors,
            process_group=0,  # Ctrl-C reaches the parent only, which stops its children in order
            preexec_fn=_die_with(os.getpid()),  # noqa: PLW1509 # it makes two system calls and takes no lock
        )


def _die_with(parent: int) -> Callable[[], None] | None:
    if _LIBC is None:
        return None
    prctl = _LIBC.prctl

    def ask_for_signal() -> None:
        prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:  # it died before the kernel knew
            os._exit(1)

    return ask_for_signal
