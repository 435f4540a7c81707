"""Events in: stored once, all of a batch or nothing."""

import json
from typing import Any

import pytest
from game_world import Json, together
from hypothesis import given, settings
from hypothesis import strategies as st
from listening_world import (
    PLAYER,
    STREAM,
    Statistics,
    a_player_event,
    a_stream_event,
    device,
    stream_events,
)

pytest_plugins = ["listening_fixtures"]


async def test_40_1_the_seeds_event_is_stored(statistics: Statistics) -> None:
    answer = await statistics.post(STREAM, [a_stream_event()])

    assert (answer.status_code, answer.json()) == (201, {"received": 1, "stored": 1, "duplicate": 0})


async def test_40_1_sent_again_it_is_a_duplicate(statistics: Statistics) -> None:
    await statistics.ingest(STREAM, a_stream_event())

    again = await statistics.post(STREAM, [a_stream_event()])

    assert (again.status_code, again.json()) == (201, {"received": 1, "stored": 0, "duplicate": 1})
    assert statistics.store["stream_events"].count_documents({}) == 1


async def test_40_1_one_bad_of_a_thousand_is_pointed_at_and_nothing_is_stored(statistics: Statistics) -> None:
    events = stream_events(1_000)
    del events[417]["path"]

    answer = await statistics.post(STREAM, events)

    assert answer.status_code == 422
    assert [fault["pointer"] for fault in answer.json()["errors"]] == ["/417/path"]
    assert statistics.store["stream_events"].count_documents({}) == 0


async def test_an_empty_list_is_nothing_to_do(statistics: Statistics) -> None:
    for path in (STREAM, PLAYER):
        answer = await statistics.post(path, [])

        assert (answer.status_code, answer.json()) == (200, {"received": 0, "stored": 0, "duplicate": 0})


async def test_twice_in_one_batch_is_a_duplicate_too(statistics: Statistics) -> None:
    done = await statistics.ingest(STREAM, a_stream_event(), a_stream_event())

    assert done == {"received": 2, "stored": 1, "duplicate": 1}


async def test_a_batch_holds_twenty_thousand_events(statistics: Statistics) -> None:
    done = await statistics.ingest(STREAM, *stream_events(20_000))

    assert done == {"received": 20_000, "stored": 20_000, "duplicate": 0}


async def test_one_event_more_is_refused(statistics: Statistics) -> None:
    answer = await statistics.post(STREAM, stream_events(20_001))

    assert answer.status_code == 422
    assert statistics.store["stream_events"].count_documents({}) == 0


async def test_a_batch_that_was_cut_is_completed_by_sending_it_again(statistics: Statistics) -> None:
    events = stream_events(100)
    await statistics.ingest(STREAM, *events[:30])

    done = await statistics.ingest(STREAM, *events)

    assert done == {"received": 100, "stored": 70, "duplicate": 30}


async def test_a_batch_sent_twice_at_once_is_stored_once(statistics: Statistics) -> None:
    events = stream_events(500)

    both = await together(statistics.ingest(STREAM, *events), statistics.ingest(STREAM, *events))

    assert sum(done["stored"] for done in both) == 500
    assert sum(done["duplicate"] for done in both) == 500


@pytest.mark.parametrize(
    "otherwise",
    [
        {"time_start": "2024-11-05T11:15:32+00:00"},
        {"time_start": "2024-11-05T12:15:32+01:00"},
        {"time_start": "2024-11-05 11:15:32 +00:00"},
        {"time_end": "2024-11-05T11:16:32Z"},
        {"time_end": "2024-11-05T11:16:32.000Z"},
        {"seconds_connected": 60.0},
        {"extra": "is not known"},
    ],
    ids=str,
)
async def test_how_an_event_is_spelt_does_not_make_it_another(
    statistics: Statistics, otherwise: dict[str, Any]
) -> None:
    await statistics.ingest(STREAM, a_stream_event())

    done = await statistics.ingest(STREAM, a_stream_event(**otherwise))

    assert done["duplicate"] == 1


@pytest.mark.parametrize(
    "otherwise",
    [
        {"origin": "icecast"},
        {"ip": "2001:db8::1"},
        {"method": "HEAD"},
        {"path": "/128.mp3"},
        {"status": 206},
        {"bytes_sent": 0},
        {"user_agent": ""},
        {"referer": "https://example.org/"},
        {"time_start": "2024-11-05 11:15:32.000001+00:00"},
        {"time_end": "2024-11-05 11:16:32.5+00:00"},
        {"seconds_connected": 60.5},
    ],
    ids=str,
)
async def test_an_event_that_differs_in_any_field_is_another(
    statistics: Statistics, otherwise: dict[str, Any]
) -> None:
    await statistics.ingest(STREAM, a_stream_event())

    done = await statistics.ingest(STREAM, a_stream_event(**otherwise))

    assert done["stored"] == 1


async def test_addresses_have_one_spelling(statistics: Statistics) -> None:
    await statistics.ingest(STREAM, a_stream_event(ip="2001:DB8:0:0::1"))

    done = await statistics.ingest(STREAM, a_stream_event(ip="2001:db8::1"))

    assert done["duplicate"] == 1


async def test_a_hundred_problems_are_told_and_no_more(statistics: Statistics) -> None:
    answer = await statistics.post(STREAM, [a_stream_event(status="200") for _ in range(500)])

    assert len(answer.json()["errors"]) == 100


async def test_every_bad_item_is_pointed_at(statistics: Statistics) -> None:
    bad = [a_stream_event(ip="none"), a_stream_event(), a_stream_event(bytes_sent=-1, status=99), 5]

    answer = await statistics.post(STREAM, bad)

    pointers = [fault["pointer"] for fault in answer.json()["errors"]]
    assert pointers == ["/0/ip", "/2/status", "/2/bytes_sent", "/3"]


async def test_a_name_twice_in_an_item_is_no_json_wherever_it_stands(statistics: Statistics) -> None:
    item = json.dumps(a_stream_event())
    bodies = [
        "[" + item + "," + item[:-1] + ', "path": "/other"}]',
        "[" + item[:-1] + ', "p\\u0061th": "/other"}]',
        "[" + item[:-1] + ', "x": 1, "x": 2}]',
    ]

    answers = [
        await statistics.http.post(
            STREAM, content=body, headers=statistics.service() | {"content-type": "application/json"}
        )
        for body in bodies
    ]

    assert [answer.status_code for answer in answers] == [400, 400, 400]


async def test_escaped_text_means_what_it_spells(statistics: Statistics) -> None:
    await statistics.ingest(STREAM, a_stream_event(user_agent="caf\u00e9 \U0001f3b5"))

    stored = statistics.store["stream_events"].find_one()

    assert stored is not None
    assert stored["user_agent"] == "caf\u00e9 \U0001f3b5"


async def test_a_player_event_is_known_by_its_id(statistics: Statistics) -> None:
    event = a_player_event()

    await statistics.play(event)
    done = await statistics.ingest(PLAYER, event | {"state": "paused"})

    assert done["duplicate"] == 1
    assert statistics.player_event(event["id"])["state"] == "playing"


async def test_a_player_event_may_be_numbered(statistics: Statistics) -> None:
    await statistics.play(a_player_event(id=4711))

    assert statistics.player_event("4711")["state"] == "playing"


@pytest.mark.parametrize(
    "otherwise",
    [
        {"state": "paused"},
        {"obj_key": "catalog.media:00000000"},
        {"user_identity": "account.user:00000000"},
        {"device_key": device(2)},
        {"source": "live"},
        {"time": "2024-11-05T10:00:01Z"},
        {"max_duration": 181},
        {"time_end": "2024-11-05T10:00:01Z"},
    ],
    ids=str,
)
async def test_without_an_id_all_fields_say_which_player_event_it_is(
    statistics: Statistics, otherwise: dict[str, Any]
) -> None:
    event = a_player_event(id=None)

    await statistics.play(event)
    done = await statistics.ingest(PLAYER, event, event | otherwise)

    assert (done["stored"], done["duplicate"]) == (1, 1)


async def test_media_are_known_by_the_last_word(statistics: Statistics) -> None:
    for duration in (180, 181.5):
        answer = await statistics.http.put(
            "/api/v1/stats/media/8C9D1A2B/", json={"duration": duration}, headers=statistics.service()
        )

    media: Json = answer.json()
    assert media == {"uid": "8C9D1A2B", "duration": 181.5}
    assert statistics.store["listening_media"].find_one() == {"_id": "8C9D1A2B", "duration_ms": 181_500}


async def test_any_sequence_of_batches_stores_what_a_set_would(statistics: Statistics) -> None:
    sequences: list[list[list[int]]] = []

    @settings(max_examples=40, deadline=None, database=None)
    @given(st.lists(st.lists(st.integers(-1, 8), min_size=1, max_size=6), max_size=6))
    def collect(batches: list[list[int]]) -> None:
        sequences.append(batches)

    collect()
    for number, batches in enumerate(sequences):
        stored: set[int] = set()
        for batch in batches:
            events = [a_stream_event(origin=f"sequence-{number}", bytes_sent=sent) for sent in batch]
            answer = await statistics.post(STREAM, events)
            if -1 in batch:
                assert answer.status_code == 422
                continue
            new = set(batch) - stored
            assert answer.json() == {
                "received": len(batch),
                "stored": len(new),
                "duplicate": len(batch) - len(new),
            }
            stored |= new
        found = statistics.store["stream_events"].find({"origin": f"sequence-{number}"})
        assert sorted(event["bytes_sent"] for event in found) == sorted(stored)
