"""Batches read quickly are what a strict reader would have made of them, whatever their text is like."""

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from listening_world import a_stream_event

from app.kit.errors import Invalid
from app.kit.strict_json import MalformedJson, decode
from app.listening.rules.fields import BadField
from app.listening.rules.stream_events import stream_event
from app.routers.schemas.stats import STREAM_EVENT
from app.routers.stats_ingest import STREAM_BATCHES

GOOD = a_stream_event()
TEXTS = ("path", '"path"', "[x]", "{", "caf\u00e9", "\U0001f3b5", "a\\b", "", "/a")
NUMBERS = (0, 60, 60.0, 5.5, -1, True, None, 2**70)


def spelt(name: str, value: object, how: str) -> str:
    """A member of an object; one of its name's letters may be escaped."""
    key = json.dumps(name)
    if how == "escaped":
        key = f'"\\u{ord(name[0]):04x}{name[1:]}"'
    return f"{key}:{json.dumps(value, ensure_ascii=how == 'escaped')}"


@st.composite
def items(draw: st.DrawFn) -> str:
    """A connection with perhaps one member more, twice, otherwise, or none at all."""
    members = [spelt(name, value, "plain") for name, value in GOOD.items()]
    if draw(st.booleans()):
        name = draw(st.sampled_from([*GOOD, "x"]))
        value = draw(st.sampled_from([GOOD.get(name), *TEXTS, *NUMBERS]))
        members.insert(
            draw(st.integers(0, len(members))),
            spelt(name, value, draw(st.sampled_from(["plain", "escaped"]))),
        )
    if draw(st.integers(0, 5)) == 0:
        members.pop(draw(st.integers(0, len(members) - 1)))
    return "{" + ",".join(members) + "}"


def strictly(body: bytes) -> list[dict[str, Any]] | type[Exception]:
    """What has to come of a body."""
    try:
        return [stream_event(STREAM_EVENT.validate_python(item)) for item in _list(decode(body))]
    except MalformedJson:
        return MalformedJson
    except (ValueError, BadField):
        return Invalid


def _list(value: object) -> list[object]:
    if not isinstance(value, list):
        raise ValueError  # noqa: TRY004 # it stands for any refusal
    return value


def read(body: bytes) -> list[dict[str, Any]] | type[Exception]:
    """What does come of it."""
    try:
        return STREAM_BATCHES.read(body)
    except (MalformedJson, Invalid) as refusal:
        return type(refusal)


@given(st.lists(items(), max_size=4))
def test_a_quick_reader_reads_what_a_strict_one_does(texts: list[str]) -> None:
    body = f"[{','.join(texts)}]".encode()

    assert read(body) == strictly(body)


@given(st.binary(max_size=30))
@example(b"")
@example(b"[]")
@example(b"[1e400]")
@example(b'{"a": 1, "a": 2}')
def test_whatever_else_is_sent_is_read_strictly_too(body: bytes) -> None:
    assert read(body) == strictly(body)


ODD: dict[str, tuple[str, bytes]] = {
    "half a character": ('"referer":""', rb'"referer":"\ud800"'),
    "a control character": ('"referer":""', b'"referer":"\x01"'),
    "no UTF-8": ('"referer":""', b'"referer":"\xff"'),
    "a field given twice": ('"referer":""', b'"referer":"","referer":""'),
    "twice, with escapes": ('"referer":""', rb'"referer":"\\","referer":"\""'),
    "no number": ('"bytes_sent":1', b'"bytes_sent":NaN'),
    "a whole number with a point": ('"bytes_sent":1', b'"bytes_sent":1.0'),
    "a zero in front": ('"bytes_sent":1', b'"bytes_sent":01'),
}


@pytest.mark.parametrize(("there", "instead"), ODD.values(), ids=ODD.keys())
def test_what_parsers_differ_about_is_refused_by_both(there: str, instead: bytes) -> None:
    good = json.dumps([{**GOOD, "referer": "", "bytes_sent": 1}], separators=(",", ":")).encode()
    body = good.replace(there.encode(), instead)

    assert isinstance(read(good), list)
    assert body != good
    assert read(body) == strictly(body)
    assert not isinstance(read(body), list)


def test_a_body_with_escapes_means_what_it_says() -> None:
    said = '\\ " \u00e9 path'
    (row,) = STREAM_BATCHES.read(json.dumps([{**GOOD, "referer": said}]).encode())

    assert row["referer"] == said
