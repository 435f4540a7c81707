"""A command's way into a data directory: through what runs there, or by running its servers for a while."""

import os
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from app.dev.directory import DataDirectory, DirectoryInUse
from app.dev.environment import own_servers, own_settings

ANNOUNCED_WITHIN_S = 30.0
POLL_S = 0.05


class NoSuchDirectory(Exception):
    """No `laurel dev` ever ran in this directory; the text is one line."""


@contextmanager
def visiting(path: Path) -> Iterator[dict[str, str]]:
    """The LAUREL_ variables of a data directory, its databases running for as long as this is open."""
    directory = _known(path)
    with ExitStack() as stack:
        lock = _hold_or_wait(directory, stack)
        if lock is None:
            yield directory.announcement() or {}
            return
        servers = own_servers(directory, lock=lock, given=os.environ)
        variables = own_settings(directory, servers, os.environ)
        for server in servers:
            server.launch()
            stack.callback(server.stop)
        for server in servers:
            server.wait_until_ready()
        yield variables


def variables_at_rest(path: Path) -> dict[str, str]:
    """What can be known of a data directory without its databases: its secret, and how it was run."""
    directory = _known(path)
    if announced := directory.announcement():
        return announced
    return own_settings(directory, [], os.environ)


def _known(path: Path) -> DataDirectory:
    directory = DataDirectory(path)
    if directory.known_secret() is None and directory.announcement() is None:
        raise NoSuchDirectory(f"{path} is not the data directory of a laurel dev")
    return directory


def _hold_or_wait(directory: DataDirectory, stack: ExitStack) -> int | None:
    """The held directory's descriptor, or None once whoever holds it has told its settings."""
    deadline = time.monotonic() + ANNOUNCED_WITHIN_S
    while True:
        try:
            return stack.enter_context(directory.held())
        except DirectoryInUse:
            if directory.announcement() is not None:
                return None
            if time.monotonic() > deadline:
                raise
        time.sleep(POLL_S)
