"""The static files of the pages, read once: under one address that changes when any of them does.

One version for all of them, so that modules and styles may name each other by relative addresses.
"""

import gzip
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

STATIC = Path(__file__).parent / "static"
PREFIX = "/static"
MEDIA_TYPES: Mapping[str, str] = {
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml",
}


@dataclass(frozen=True, slots=True)
class Asset:
    """One file as it is sent, plain and compressed."""

    media_type: str
    content: bytes
    compressed: bytes


class Assets:
    """Every static file by its name, which is its path below the directory."""

    def __init__(self, directory: Path = STATIC) -> None:
        files = sorted(path for path in directory.rglob("*") if path.suffix in MEDIA_TYPES)
        self._assets = {path.relative_to(directory).as_posix(): _asset(path) for path in files}
        digest = hashlib.sha256()
        for name, asset in self._assets.items():
            digest.update(name.encode() + b"\0" + hashlib.sha256(asset.content).digest())
        self.version = digest.hexdigest()[:12]

    def url(self, name: str) -> str:
        """Where a file is found; KeyError if there is none, so that no page names one that is missing."""
        self._assets[name]
        return f"{PREFIX}/{self.version}/{name}"

    def find(self, name: str) -> Asset | None:
        """The file of this name, if there is one."""
        return self._assets.get(name)


def _asset(path: Path) -> Asset:
    content = path.read_bytes()
    return Asset(MEDIA_TYPES[path.suffix], content, gzip.compress(content, mtime=0))
