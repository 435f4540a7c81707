"""Cursors, addresses and instants of listening events."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from listening_world import device

from app.listening.rules.cursors import Cursor, Side, read_cursor
from app.listening.rules.fields import BadField, instant_of, micros_of
from app.listening.rules.player_events import remote_address
from app.listening.rules.stream_events import ID_BYTES, first_id


@given(st.sampled_from(Side), st.binary(min_size=ID_BYTES, max_size=ID_BYTES))
def test_a_cursor_is_read_as_it_was_written(side: Side, event_id: bytes) -> None:
    assert read_cursor(str(Cursor(side, event_id))) == Cursor(side, event_id)


@given(st.text(max_size=40))
def test_any_other_text_is_no_cursor(text: str) -> None:
    cursor = read_cursor(text)

    assert cursor is None or str(cursor) == text


@given(st.integers(0, 2**47), st.integers(0, 2**47))
def test_ids_are_in_order_of_time(one: int, other: int) -> None:
    assert (first_id(one) < first_id(other)) == (one < other)


@pytest.mark.parametrize(
    ("device_key", "address"),
    [
        (device(address="203.0.113.154"), "203.0.113.154"),
        (device(address="2001:db8::1"), "2001:db8::1"),
        ("MjAzLjAuMTEzLjE1NA==", "203.0.113.154"),
        ("MjAzLjAuMTEzLjE1NA-1", None),  # not padded
        ("!!!!-1", None),
        ("/w==-1", None),  # no UTF-8
        ("-1", None),
    ],
)
def test_a_devices_key_spells_an_address_or_nothing(device_key: str, address: str | None) -> None:
    assert remote_address(device_key) == address


@pytest.mark.parametrize(
    "text",
    [
        "1970-01-01T00:00:00Z",
        "1970-01-01 01:00:00+01:00",
        "1970-01-01 01:00:00 +01:00",
        "1969-12-31T23:00:00-0100",
        "1970-01-01T00:00:00.000000Z",
    ],
)
def test_an_instant_has_many_spellings(text: str) -> None:
    assert micros_of(text, field="time") == 0


@pytest.mark.parametrize(
    "text",
    ["2024-02-30T00:00:00Z", "2024-01-01T25:00:00Z", "1969-12-31T23:59:59Z", "0001-01-01T00:00:00+14:00"],
)
def test_what_no_calendar_has_is_no_instant(text: str) -> None:
    with pytest.raises(BadField):
        micros_of(text, field="time")


def test_instants_are_kept_to_the_millisecond() -> None:
    assert instant_of(1_730_802_932_123_999).isoformat() == "2024-11-05T10:35:32.123000+00:00"
