"""The livestreams of a `laurel dev`: who is live is shown, and others are a moment later."""

import json
import subprocess
from collections.abc import Iterator

import httpx
import pytest
from dev_process import Dev, eventually, running_dev

from app.dev.streamers import FEWEST_LIVE, MOST_LIVE, host, streamers

HEARD_WITHIN_S = 60
TOLD = ("event: rating.updated", "event: stream.preset.")


@pytest.fixture(scope="module")
def dev(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dev]:
    data_dir = tmp_path_factory.mktemp("livestreams") / "data"
    with running_dev(data_dir, LAUREL_FEED_DEBOUNCE_SECONDS="1") as running:
        yield running


def printed(dev: Dev, title: str) -> str:
    """The command of the example under this title."""
    heading = dev.line(f"# {title}")
    return eventually(lambda: next(iter(dev.printed[dev.printed.index(heading) + 1 :]), None))


def live(dev: Dev) -> set[str]:
    """Who is in the feed now."""
    return {item["id"] for item in httpx.get(f"{dev.url}/feeds/user_livestream-global").json()}


@pytest.fixture(scope="module")
def first(dev: Dev) -> set[str]:
    """Who is in the first feed that has enough in it."""
    dev.line("# who is live")

    def enough() -> set[str] | None:
        ids = live(dev)
        return ids if len(ids) >= FEWEST_LIVE else None

    return eventually(enough)


def test_the_feed_shows_some_of_the_demo_streamers(first: set[str]) -> None:
    assert first < {one.id for one in streamers()}
    assert len(first) <= MOST_LIVE


@pytest.mark.usefixtures("first")
def test_the_printed_feed_has_the_host_on_top(dev: Dev) -> None:
    command = printed(dev, "who is live").replace("curl -s", "curl -sf")

    shown = subprocess.run(["sh", "-c", command], capture_output=True, check=True).stdout

    assert json.loads(shown)[0]["id"] == host().id


@pytest.mark.usefixtures("first")
def test_the_printed_channel_tells_what_happens(dev: Dev) -> None:
    command = printed(dev, "a livestream's events").replace(
        "curl", f"exec curl --max-time {HEARD_WITHIN_S}", 1
    )

    with subprocess.Popen(["sh", "-c", command], stdout=subprocess.PIPE, text=True) as curl:
        assert curl.stdout
        heard = any(line.startswith(TOLD) for line in curl.stdout)
        curl.terminate()

    assert heard


def test_others_are_live_a_moment_later(dev: Dev, first: set[str]) -> None:
    assert eventually(lambda: live(dev) not in (first, set()) or None)


def test_the_printed_leaderboard_shows_who_gives_most(dev: Dev) -> None:
    command = printed(dev, "who gives most in a livestream").replace("curl -s", "curl -sf")

    def lines() -> list[dict[str, int]] | None:
        shown = subprocess.run(["sh", "-c", command], capture_output=True, check=True).stdout
        return json.loads(shown) or None

    first = eventually(lines)
    assert len(first) == 5
    assert [line["total"] for line in first] == sorted((line["total"] for line in first), reverse=True)
    assert eventually(lambda: lines() != first or None)
