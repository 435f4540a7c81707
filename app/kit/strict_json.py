"""JSON as the RFC means it: one value, one meaning, nothing a lenient parser would let through."""

import json
import re
from math import isinf
from typing import Any, NoReturn

from app.kit.errors import LaurelError

DEEPEST = 32
LONGEST_NUMBER = 4300

_BRACKETS = b"[]{}"
_NOT_BRACKETS = bytes(set(range(256)) - set(_BRACKETS))
_ONE_KIND = bytes.maketrans(b"{}", b"[]")
# Possessive, and closed by the end too, so that no text makes it look at a byte twice.
_STRING = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?', re.DOTALL)
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")


class MalformedJson(LaurelError):
    """The body is not JSON."""

    slug = "malformed-json"


def decode(body: bytes) -> object:
    """The one JSON value that `body` is, or MalformedJson.

    Refused besides what is no JSON: duplicate keys, a byte order mark, lone surrogates, NaN and
    infinities however they are spelt, more than 32 levels, numbers of more than 4300 digits.
    """
    if _is_too_deep(body):
        raise MalformedJson(f"The body is nested deeper than {DEEPEST} levels.")
    try:
        value = _DECODER.decode(body.decode())
        if b"\\u" in body and _SURROGATE.search(body):
            _require_whole_characters(value)
    except ValueError as error:
        raise MalformedJson from error
    return value


def _is_too_deep(body: bytes) -> bool:
    """True if brackets outside of strings open more levels than allowed, or do not match."""
    if body.count(b"[") + body.count(b"{") <= DEEPEST:
        return False
    brackets = _STRING.sub(b"", body).translate(_ONE_KIND, delete=_NOT_BRACKETS)
    for _ in range(DEEPEST):
        left = brackets.replace(b"[]", b"")
        if len(left) in (0, len(brackets)):
            return len(left) > 0
        brackets = left
    return True


def _require_whole_characters(value: object) -> None:
    json.dumps(value, ensure_ascii=False).encode()


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a key occurs twice")
    return members


def _finite(text: str) -> float:
    number = float(text)
    if isinf(number) or len(text) > LONGEST_NUMBER:
        raise ValueError("a number is out of range")
    return number


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON")


_DECODER = json.JSONDecoder(object_pairs_hook=_unique, parse_float=_finite, parse_constant=_refuse)
