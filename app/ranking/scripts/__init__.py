"""The scripts that read and write a board, each one atomic in Redis."""

from dataclasses import dataclass, field
from hashlib import sha1
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class Script:
    """A Lua script and the name by which Redis remembers it."""

    text: str = field(repr=False)
    sha: str


def _load(name: str) -> Script:
    folder = files(__name__)
    text = folder.joinpath("board.lua").read_text() + folder.joinpath(f"{name}.lua").read_text()
    return Script(text, sha1(text.encode(), usedforsecurity=False).hexdigest())


OPEN = _load("open")
SUBMIT = _load("submit")
VIEW = _load("view")
TOP = _load("top")
RANK = _load("rank")
LEADERS = _load("leaders")
STAMP = _load("stamp")
READY = _load("ready")
DROP = _load("drop")
PAGE = _load("page")
LINES = _load("lines")
BEGIN = _load("begin")
FINISH = _load("finish")
RELEASE = _load("release")
