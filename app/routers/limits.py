"""What a request may weigh and how long it may take to arrive."""

import asyncio
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl

from starlette.types import Message, Receive, Scope

from app.kit.errors import Invalid, Problem
from app.routers.errors import BadRequest, RequestTimeout, TooLarge, UnsupportedMedia, UriTooLong

LARGEST_BODY = 256 * 1024
LONGEST_URL = 8 * 1024
ARRIVES_WITHIN_S = 10.0

_JSON = re.compile(rb'application/(?:[a-z0-9.-]+\+)?json\s*(?:;\s*charset="?utf-8"?\s*)?', re.IGNORECASE)
_FORM = re.compile(rb'application/x-www-form-urlencoded\s*(?:;\s*charset="?utf-8"?\s*)?', re.IGNORECASE)
_SPEAKABLE = re.compile(r"[A-Za-z0-9_.$\[\]-]{1,64}", re.ASCII)


@dataclass(frozen=True, slots=True)
class BodyLimits:
    """How large a body may be, by path, and the paths that take a form as well as JSON."""

    caps: Mapping[str, int]
    forms: Collection[str] = ()


def require_bounded_url(scope: Scope) -> None:
    """Refuse a URL that is too long, and a query that is not text or names a parameter twice."""
    query: bytes = scope["query_string"]
    if len(scope.get("raw_path") or scope["path"]) + len(query) > LONGEST_URL:
        raise UriTooLong
    if query:
        _require_plain(query)


def bounded_body(path: str, headers: Mapping[bytes, bytes], receive: Receive, limits: BodyLimits) -> Receive:
    """`receive` for a request whose body may be read: of a kind and size its path takes, in time.

    What its headers already rule out is refused at once, the rest while it is read.
    """
    length = headers.get(b"content-length")
    if length in (None, b"0") and b"transfer-encoding" not in headers:
        return receive
    cap = limits.caps.get(path, LARGEST_BODY)
    if length is not None:
        if not length.isdigit():
            raise BadRequest("Content-Length is not a number.")
        # By its digits first: a number of any length may stand here.
        if len(length) > len(str(cap)) or int(length) > cap:
            raise TooLarge(f"The body is larger than {cap} bytes.")
    _require_readable(headers, (_JSON, _FORM) if path in limits.forms else (_JSON,))
    return _Body(receive, cap).receive


class _Body:
    """Counts a body while it is read, against a cap and the clock."""

    __slots__ = ("_cap", "_deadline", "_done", "_receive", "_size")

    def __init__(self, receive: Receive, cap: int) -> None:
        self._receive = receive
        self._cap = cap
        self._size = 0
        self._done = False
        self._deadline = asyncio.get_running_loop().time() + ARRIVES_WITHIN_S

    async def receive(self) -> Message:
        if self._done:
            return await self._receive()
        try:
            async with asyncio.timeout_at(self._deadline):
                message = await self._receive()
        except TimeoutError as error:
            raise RequestTimeout from error
        self._size += len(message.get("body", b""))
        if self._size > self._cap:
            raise TooLarge(f"The body is larger than {self._cap} bytes.")
        self._done = not message.get("more_body", False)
        return message


def _require_readable(headers: Mapping[bytes, bytes], kinds: Collection[re.Pattern[bytes]]) -> None:
    if headers.get(b"content-encoding", b"identity").lower() != b"identity":
        raise UnsupportedMedia
    content_type = headers.get(b"content-type", b"")
    if not any(kind.fullmatch(content_type) for kind in kinds):
        raise UnsupportedMedia


def _require_plain(query: bytes) -> None:
    if query.isascii() and b"%" not in query and b"+" not in query and b"\0" not in query:
        names = [pair.partition("=")[0] for pair in query.decode().split("&")]
    else:
        # Whatever is no UTF-8 becomes a lone surrogate, and so does what should have been escaped.
        text = query.decode("ascii", "surrogateescape")
        pairs = parse_qsl(text, keep_blank_values=True, errors="surrogateescape")
        for name, value in pairs:
            if not (_is_text(name) and _is_text(value)):
                raise _invalid("It is not UTF-8 text without NUL.", name)
        names = [name for name, _ in pairs]
    if len(set(names)) < len(names):
        repeated = next(name for name in names if names.count(name) > 1)
        raise _invalid("It may be given once.", repeated)


def _is_text(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return "\0" not in value


def _invalid(detail: str, name: str) -> Invalid:
    """The refusal; it repeats the parameter's name only if it looks like one."""
    spoken = name if _SPEAKABLE.fullmatch(name) else "query"
    return Invalid(problems=[Problem(detail, parameter=spoken)])
