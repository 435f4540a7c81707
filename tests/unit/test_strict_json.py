"""What counts as JSON, and what only looks like it."""

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.kit.strict_json import DEEPEST, MalformedJson, decode

JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)

MALFORMED = {
    "empty": b"",
    "only spaces": b"  ",
    "truncated": b'{"score": 5',
    "trailing text": b'{"score": 5} x',
    "two values": b"{}{}",
    "trailing comma": b"[1,]",
    "single quotes": b"{'a': 1}",
    "unquoted key": b"{a: 1}",
    "comment": b"{} // all",
    "duplicate key": b'{"score": 5, "score": 6}',
    "duplicate key, one escaped": b'{"score": 5, "\\u0073core": 6}',
    "duplicate key inside": b'[{"a": {"b": 1, "b": 1}}]',
    "byte order mark": b"\xef\xbb\xbf{}",
    "UTF-16": '{"a": 1}'.encode("utf-16"),
    "invalid UTF-8": b'{"a": "\xff"}',
    "overlong UTF-8": b'{"a": "\xc0\xaf"}',
    "surrogate in UTF-8": b'{"a": "\xed\xa0\x80"}',
    "high surrogate alone": b'{"a": "\\ud800"}',
    "low surrogate alone": b'{"a": "\\uDFFF"}',
    "surrogate in a key": b'{"\\udc00": 1}',
    "surrogates the wrong way round": b'["\\udc00\\ud800"]',
    "NaN": b'{"a": NaN}',
    "Infinity": b"[Infinity]",
    "minus Infinity": b"[-Infinity]",
    "infinite by its exponent": b"[1e999]",
    "5,000 digits": b"1" * 5000,
    "5,000 digits after the point": b"0." + b"1" * 5000,
    "leading zero": b"[01]",
    "plus sign": b"[+1]",
    "full-width digits": "[\uff15]".encode(),
    "control character": b'["\x01"]',
    "33 levels": b"[" * 33 + b"]" * 33,
    "33 levels of both kinds": b'{"a":[' * 16 + b"[1]" + b"]}" * 16,
    "100,000 brackets": b"[" * 100_000,
    "brackets that never match": b"]" * 50 + b"[" * 50,
}


@pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED.keys())
def test_what_is_not_json_is_refused(body: bytes) -> None:
    with pytest.raises(MalformedJson):
        decode(body)


@given(JSON_VALUES)
def test_every_json_value_is_read_as_the_standard_library_reads_it(value: object) -> None:
    body = json.dumps(value).encode()

    assert decode(body) == json.loads(body)


def test_32_levels_are_read() -> None:
    body = b"[" * DEEPEST + b"]" * DEEPEST

    assert decode(body) == json.loads(body)


def test_brackets_beside_each_other_are_no_depth() -> None:
    assert decode(b"[" + b"[],{}," * 500 + b"0]") == [*[[], {}] * 500, 0]


def test_brackets_in_strings_are_no_depth() -> None:
    text = '[{"' * 50 + "\\"

    assert decode(json.dumps([text]).encode()) == [text]


def test_brackets_after_a_string_are_depth() -> None:
    body = b'["]]]]\\"", ' + b"[" * 40 + b"]" * 41

    with pytest.raises(MalformedJson):
        decode(body)


def test_a_surrogate_pair_is_one_character() -> None:
    assert decode(b'"\\ud83c\\udf3f"') == "\N{HERB}"


def test_an_escaped_backslash_before_u_is_no_surrogate() -> None:
    assert decode(b'"\\\\ud800"') == "\\ud800"


def test_spaces_around_the_value_are_allowed() -> None:
    assert decode(b" \r\n\t[1] \n") == [1]


@pytest.mark.parametrize(
    "body",
    [b'"\\"' * 300_000 + b"[" * 40, b"[" * 40 + b'"\\' * 400_000, b"[]" * 500_000, b"[" * 1_000_000],
    ids=["escaped quotes", "an endless string", "pairs", "brackets"],
)
def test_a_megabyte_of_malice_takes_no_longer_than_its_length(body: bytes) -> None:
    started = time.process_time()
    with pytest.raises(MalformedJson):
        decode(body)

    assert time.process_time() - started < 1
