"""Channels over HTTP: server-sent events on a real socket."""

import asyncio
import time
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from channel_store import LivestreamStore
from conftest import HeadersBuilder
from event_source import Ears, listening

from app.dev.loopback import serving
from app.livestream.channels import Channels
from app.livestream.rules.channel_names import presence
from app.main import guarded
from app.streams.events import KEPT

pytest_plugins = ["channel_fixtures"]

STREAMER, VIEWER, STRANGER = "a" * 24, "b" * 24, "c" * 24
FEED = "feed@user_livestream-global"
SOCKET = "1234.5678"


@pytest.fixture
def channels(api: Any) -> Channels:
    opened: Channels = api.state.resources.livestream.channels
    return opened


@pytest.fixture
async def http(api: Any) -> AsyncIterator[httpx.AsyncClient]:
    """The whole service on a socket."""
    app: Any = guarded(api)
    async with serving(app) as url, httpx.AsyncClient(base_url=url, timeout=30) as opened:
        yield opened


async def status_of(http: httpx.AsyncClient, channel: str, headers: dict[str, str] | None = None) -> int:
    """How an attempt to listen is answered."""
    async with http.stream("GET", f"/channels/{channel}/events", headers=headers) as response:
        return response.status_code


async def opened(ears: Ears) -> str:
    """The id in the opening event."""
    opening = await ears.next()
    assert opening.name == "subscribed"
    return opening.id


async def test_two_subscribers_hear_an_event_and_its_data(
    http: httpx.AsyncClient, channels: Channels, backstage: LivestreamStore, player: HeadersBuilder
) -> None:
    channel = presence(backstage.session(STREAMER))
    async with (
        listening(http, channel, player(VIEWER)) as one,
        listening(http, channel, player(STRANGER)) as two,
    ):
        await opened(one)
        await opened(two)
        await channels.publish(channel, "stream.preset.sd", {"price": 3, "text": "two\nlines ☃"})
        heard = [await one.next(), await two.next()]

    assert [(event.name, event.data) for event in heard] == [
        ("stream.preset.sd", {"price": 3, "text": "two\nlines ☃"})
    ] * 2


async def test_the_answer_is_an_event_stream_that_nobody_stores(http: httpx.AsyncClient) -> None:
    async with listening(http, FEED) as ears:
        headers = ears.response.headers

    assert headers["content-type"].startswith("text/event-stream")
    assert headers["cache-control"] == "no-store"
    assert headers["x-request-id"]


async def test_who_comes_back_with_the_last_id_hears_what_was_missed(
    http: httpx.AsyncClient, channels: Channels
) -> None:
    async with listening(http, FEED) as ears:
        await opened(ears)
        await channels.publish(FEED, "updated", 1)
        last = await ears.next()
    for number in (2, 3):
        await channels.publish(FEED, "updated", number)
    async with listening(http, FEED, after=last.id) as ears:
        await opened(ears)
        missed = [await ears.next(), await ears.next()]

    assert [event.data for event in missed] == [2, 3]


async def test_who_heard_the_opening_alone_misses_nothing_either(
    http: httpx.AsyncClient, channels: Channels
) -> None:
    async with listening(http, FEED) as ears:
        last_id = await opened(ears)
    await channels.publish(FEED, "updated", 1)
    async with listening(http, FEED, after=last_id) as ears:
        await opened(ears)

        assert (await ears.next()).data == 1


async def test_a_gap_longer_than_what_is_kept_is_a_reset(http: httpx.AsyncClient, channels: Channels) -> None:
    async with listening(http, FEED) as ears:
        last_id = await opened(ears)
    for number in range(KEPT + 1):
        await channels.publish(FEED, "updated", number)
    async with listening(http, FEED, after=last_id) as ears:
        await opened(ears)
        reset = await ears.next()
        await channels.publish(FEED, "updated", "new")

        assert reset.name == "reset"
        assert (await ears.next()).data == "new"


async def test_a_quiet_stream_says_that_it_is_still_there(
    http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.routers.event_streams.HEARTBEAT_S", 0.1)
    async with listening(http, FEED) as ears:
        assert await ears.comment() == "still here"


async def test_a_subscriber_who_reads_nothing_is_let_go_and_the_others_hear_everything(
    http: httpx.AsyncClient, channels: Channels, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.routers.event_streams.TAKEN_WITHIN_S", 0.5)
    large = "x" * 100_000
    reader, writer = await asyncio.open_connection(http.base_url.host, http.base_url.port, limit=1)
    writer.write(f"GET /channels/{FEED}/events HTTP/1.1\r\nHost: laurel\r\n\r\n".encode())
    await reader.read(1)
    listeners = channels._fanout  # noqa: SLF001 # how many are left shows outside nowhere
    async with listening(http, FEED) as ears:
        await opened(ears)
        for number in range(150):
            await channels.publish(FEED, "updated", [number, large])
            assert (await ears.next()).data[0] == number
        async with asyncio.timeout(5):
            while listeners.listening > 1:  # noqa: ASYNC110 # nothing tells of it
                await asyncio.sleep(0.05)
    writer.transport.abort()

    assert listeners.listening == 1


async def test_a_stream_ends_when_its_token_does(http: httpx.AsyncClient, player: HeadersBuilder) -> None:
    headers = player(STREAMER, exp=int(time.time()) + 2)
    async with listening(http, f"private-user@{STREAMER}", headers) as ears:
        await opened(ears)

        assert await ears.ends()


@pytest.mark.parametrize("name", ["private-user", "private-enc-user", "private-stream", "private-enc-stream"])
async def test_a_streamers_channels_are_the_streamers(
    http: httpx.AsyncClient, player: HeadersBuilder, service: HeadersBuilder, name: str
) -> None:
    channel = f"{name}@{STREAMER}"

    assert await status_of(http, channel) == 401
    assert await status_of(http, channel, player(STRANGER)) == 403
    assert await status_of(http, channel, player(STREAMER)) == 200
    async with listening(http, channel, service(STRANGER), account_id=STREAMER) as ears:
        await opened(ears)


@pytest.mark.parametrize("name", ["private-stream", "private-enc-stream"])
async def test_a_stream_is_for_those_who_watch_it_in_sd_while_it_lasts(
    http: httpx.AsyncClient, backstage: LivestreamStore, player: HeadersBuilder, name: str
) -> None:
    channel, viewer = f"{name}@{STREAMER}", player(VIEWER)
    backstage.mark(STREAMER, VIEWER)
    without_session = await status_of(http, channel, viewer)
    session_id = backstage.session(STREAMER)
    backstage.mark(STREAMER, STRANGER, kind="preview")
    watching = await status_of(http, channel, viewer)
    previewing = await status_of(http, channel, player(STRANGER))
    backstage.end(session_id)

    assert (without_session, watching, previewing) == (403, 200, 403)
    assert await status_of(http, channel, viewer) == 403


async def test_a_mark_on_an_earlier_session_opens_no_later_one(
    http: httpx.AsyncClient, backstage: LivestreamStore, player: HeadersBuilder
) -> None:
    backstage.mark(STREAMER, VIEWER, ago=timedelta(hours=2))
    backstage.session(STREAMER)

    assert await status_of(http, f"private-stream@{STREAMER}", player(VIEWER)) == 403


@pytest.mark.parametrize(
    ("ended", "status"), [(None, 200), (timedelta(minutes=59), 200), (timedelta(minutes=61), 403)]
)
async def test_a_session_is_heard_by_any_account_until_an_hour_after_it(
    http: httpx.AsyncClient,
    backstage: LivestreamStore,
    player: HeadersBuilder,
    ended: timedelta | None,
    status: int,
) -> None:
    channel = presence(backstage.session(STREAMER, ended=ended))

    assert await status_of(http, channel, player(STRANGER)) == status
    assert await status_of(http, channel) == 401


async def test_an_unknown_session_is_heard_by_nobody(http: httpx.AsyncClient, player: HeadersBuilder) -> None:
    assert await status_of(http, presence(STREAMER), player(STREAMER)) == 403


async def test_a_feed_is_heard_without_a_token(http: httpx.AsyncClient) -> None:
    assert await status_of(http, FEED) == 200


@pytest.mark.parametrize(
    "channel",
    ["x", "presence-session@1", "private-user@" + "A" * 24, "presence-session@" + "a" * 25, "private-x@a"],
)
async def test_a_malformed_channel_is_refused(
    client: httpx.AsyncClient, player: HeadersBuilder, channel: str
) -> None:
    answer = await client.get(f"/channels/{channel}/events", headers=player(STREAMER))

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["parameter"] == "channel"


@pytest.mark.parametrize("last_id", ["x", "1", "-1-0", "1-0-0", "٣-0"])
async def test_a_malformed_last_id_is_refused(client: httpx.AsyncClient, last_id: str) -> None:
    headers = [(b"Last-Event-ID", last_id.encode())]
    answer = await client.get(f"/channels/{FEED}/events", headers=headers)

    assert answer.status_code == 422


@pytest.mark.parametrize("path", ["/channels/{channel}/events", "/channels/feed@{alias}/events"])
async def test_the_document_says_that_events_are_a_stream_and_what_else_may_come(api: Any, path: str) -> None:
    answers = api.openapi()["paths"][path]["get"]["responses"]

    assert set(answers["200"]["content"]) == {"text/event-stream"}
    assert "too-many-subscribers" in answers["503"]["description"]
    assert {"414", "422"} <= set(answers)


async def test_without_a_pusher_server_nothing_can_be_signed(
    client: httpx.AsyncClient, player: HeadersBuilder
) -> None:
    form = {"socket_id": SOCKET, "channel_name": FEED}
    answer = await client.post("/pusher/auth", data=form, headers=player(STREAMER))

    assert answer.status_code == 503
    assert answer.json()["type"] == "/problems/pusher-not-configured"
