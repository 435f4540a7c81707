"""Clients of listening statistics as real processes, against a real server that may be killed."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from dev_process import Dev, eventually, laurel, running_dev
from listening_world import PLAYER, SESSIONS, STREAM, a_player_event, stream_events

CLIENTS = Path(__file__).parents[1] / "clients"
ADDRESSES = ("http://localhost:8080", "https://openbroadcast.ch")


@pytest.fixture(scope="module")
def dev(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dev]:
    with running_dev(tmp_path_factory.mktemp("stats") / "data", "--no-demo") as running:
        yield running


@pytest.fixture(scope="module")
def key(dev: Dev) -> str:
    made = laurel("apikey", "create", "radio", "--scope", "stats", "--data-dir", str(dev.data_dir))
    return made.stdout.splitlines()[-1]


def run_client(name: str, dev: Dev, key: str) -> str:
    """What a client prints; nothing in it is changed but the address and the key."""
    script = (CLIENTS / name).read_text().replace("{redacted}", key)
    for address in ADDRESSES:
        script = script.replace(address, dev.url)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return done.stdout


def ingest(dev: Dev, key: str, path: str, events: list[dict[str, Any]]) -> dict[str, Any]:
    """What a batch comes to, sent until the service answers."""

    def sent() -> dict[str, Any] | None:
        try:
            answer = httpx.post(
                dev.url + path, json=events, headers={"Authorization": f"Token {key}"}, timeout=30
            )
        except httpx.HTTPError:
            return None
        assert answer.status_code in (201, 503), answer.text
        return dict(answer.json()) if answer.status_code == 201 else None

    return eventually(sent)


def test_the_client_that_sends_one_event_works(dev: Dev, key: str) -> None:
    assert run_client("ingest_event.txt", dev, key) == '201 {"received":1,"stored":1,"duplicate":0}\n'


def test_the_client_that_pages_through_all_finds_each_event(dev: Dev, key: str) -> None:
    ingest(dev, key, STREAM, stream_events(20_000))
    ingest(dev, key, STREAM, stream_events(25_000)[20_000:])

    printed = run_client("page_through.txt", dev, key).splitlines()

    assert [line.startswith("loading http://") for line in printed[:2]] == [True, True]
    assert printed[-1].startswith(("loaded 25000 events in ", "loaded 25001 events in "))


@pytest.mark.parametrize(("part", "after_s"), [("app.cli api", 0.05), ("app.cli api", 0.3), ("mongod", 0.2)])
def test_a_batch_whose_server_is_killed_is_completed_by_sending_it_again(
    dev: Dev, key: str, part: str, after_s: float
) -> None:
    events = [
        event | {"origin": part.replace(" ", "-"), "referer": str(after_s)} for event in stream_events(20_000)
    ]
    first = threading.Thread(target=ingest, args=(dev, key, STREAM, events))
    first.start()
    time.sleep(after_s)
    os.kill(dev.process(part), signal.SIGKILL)
    first.join()

    assert ingest(dev, key, STREAM, events) == {"received": 20_000, "stored": 0, "duplicate": 20_000}


def test_40_3_a_clean_up_by_hand_ends_events_and_a_second_changes_nothing(dev: Dev, key: str) -> None:
    ingest(dev, key, PLAYER, [a_player_event()])
    command = (*("stats", "cleanup", "--from", "2024-11-01", "--to", "2024-11-10"), "--json")

    first, second = (laurel(*command, "--data-dir", str(dev.data_dir)) for _ in range(2))

    changed = json.loads(first.stdout)["changed"]
    assert (changed["by_maximum"], changed["duration"]) == (1, 1)
    assert set(json.loads(second.stdout)["changed"].values()) == {0}
    answer = httpx.get(dev.url + SESSIONS, headers={"Authorization": f"Token {key}"})
    assert [session["duration_playing_s"] for session in answer.json()] == [180]


def test_a_clean_up_without_a_terminal_tells_how_far_it_is_in_plain_lines(dev: Dev) -> None:
    done = laurel(
        *("stats", "cleanup", "--from", "2024-11", "--to", "2024-12", "--data-dir", str(dev.data_dir))
    )

    assert done.stderr.splitlines() == ["laurel: months: 1 of 2", "laurel: months: 2 of 2"]
    assert len(done.stdout.splitlines()) == 6


@pytest.mark.parametrize(
    "bounds",
    [
        ("2024-11-31", "2024-12-01"),
        ("2024-11-05", "2024-11-04"),
        ("2024-11", "2024-11-30"),
        ("yesterday", "today"),
        ("0001-01-01", "2024-11-05"),
        ("2024-11-05", "9999-12-31"),
    ],
)
def test_a_clean_up_of_no_days_is_refused(dev: Dev, bounds: tuple[str, str]) -> None:
    first, last = bounds

    done = laurel("stats", "cleanup", "--from", first, "--to", last, "--data-dir", str(dev.data_dir))

    assert (done.returncode, done.stdout) == (2, "")
