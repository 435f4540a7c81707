"""Channels over HTTP: server-sent events on a real socket, and signatures for Pusher clients."""

import asyncio
import json
import os
import socket
import time
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from channel_store import LivestreamStore
from conftest import SECRET, HeadersBuilder, SettingsFactory
from dev_process import LAUREL
from event_source import Ears, listening
from pusher_stand_in import APP_ID, KEY, subscription_is_signed
from pusher_stand_in import SECRET as PUSHER_SECRET

from app.dev.children import Child
from app.dev.loopback import serving
from app.livestream.channels import Channels
from app.livestream.rules.channel_names import of_streamer, presence
from app.main import guarded
from app.settings import Settings
from app.streams.events import KEPT

pytest_plugins = ["channel_fixtures"]

STREAMER, VIEWER, STRANGER = "a" * 24, "b" * 24, "c" * 24
FEED = "feed@user_livestream-global"
SOCKET = "1234.5678"
#: Signing needs no server; one that is not there is not asked.
PUSHER_URL = f"http://{KEY}:{PUSHER_SECRET}@127.0.0.1:1/apps/{APP_ID}"


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


@pytest.mark.parametrize("alias", ["a b", "a:b", "é", "a" * 101])
async def test_a_malformed_alias_is_refused(client: httpx.AsyncClient, alias: str) -> None:
    assert (await client.get(f"/channels/feed@{alias}/events")).status_code == 422


@pytest.mark.parametrize("last_id", ["x", "1", "-1-0", "1-0-0", "٣-0"])
async def test_a_malformed_last_id_is_refused(client: httpx.AsyncClient, last_id: str) -> None:
    headers = [(b"Last-Event-ID", last_id.encode())]
    answer = await client.get(f"/channels/{FEED}/events", headers=headers)

    assert answer.status_code == 422


class TestPusherAuth:
    @pytest.fixture
    def settings(self, settings_for: SettingsFactory) -> Settings:
        return settings_for(pusher_url=PUSHER_URL)

    async def sign(
        self, client: httpx.AsyncClient, channel: str, headers: dict[str, str], **query: str
    ) -> httpx.Response:
        form = {"socket_id": SOCKET, "channel_name": channel}
        return await client.post("/pusher/auth", data=form, headers=headers, params=query)

    async def test_a_private_channel_is_signed(
        self, client: httpx.AsyncClient, player: HeadersBuilder
    ) -> None:
        channel = f"private-user@{STREAMER}"
        answer = await self.sign(client, channel, player(STREAMER))

        assert answer.status_code == 200
        assert answer.json().keys() == {"auth"}
        assert subscription_is_signed(answer.json()["auth"], SOCKET, channel)

    async def test_a_presence_channel_is_signed_for_the_member_alone(
        self, client: httpx.AsyncClient, backstage: LivestreamStore, player: HeadersBuilder
    ) -> None:
        channel = presence(backstage.session(STREAMER))
        signed = (await self.sign(client, channel, player(VIEWER))).json()

        assert json.loads(signed["channel_data"]) == {"user_id": VIEWER}
        assert subscription_is_signed(signed["auth"], SOCKET, channel, signed["channel_data"])
        assert not subscription_is_signed(signed["auth"], "1.1", channel, signed["channel_data"])

    async def test_json_will_do_as_well(self, client: httpx.AsyncClient, player: HeadersBuilder) -> None:
        body = {"socket_id": SOCKET, "channel_name": FEED}
        answer = await client.post("/pusher/auth", json=body, headers=player(VIEWER))

        assert subscription_is_signed(answer.json()["auth"], SOCKET, FEED)

    async def test_a_service_signs_for_the_account_it_names(
        self, client: httpx.AsyncClient, backstage: LivestreamStore, service: HeadersBuilder
    ) -> None:
        channel = presence(backstage.session(STREAMER))
        signed = (await self.sign(client, channel, service(STRANGER), account_id=VIEWER)).json()

        assert json.loads(signed["channel_data"]) == {"user_id": VIEWER}
        assert (await self.sign(client, channel, service(STRANGER))).status_code == 422

    @pytest.mark.parametrize("channel", of_streamer(STREAMER))
    async def test_a_channel_of_somebody_else_is_not_signed(
        self, client: httpx.AsyncClient, player: HeadersBuilder, channel: str
    ) -> None:
        answer = await self.sign(client, channel, player(STRANGER))

        assert answer.status_code == 403
        assert answer.json()["type"] == "/problems/channel-forbidden"

    async def test_nothing_is_signed_for_nobody(self, client: httpx.AsyncClient) -> None:
        assert (await self.sign(client, FEED, {})).status_code == 401

    @pytest.mark.parametrize(
        ("body", "status"),
        [
            ("", 400),
            (f"socket_id={SOCKET}", 422),
            (f"socket_id=1&channel_name={FEED}", 422),
            (f"socket_id=1.2:x&channel_name={FEED}", 422),
            ("socket_id=%D9%A3.1&channel_name=" + FEED, 422),
            (f"socket_id={SOCKET}&channel_name={FEED}:x", 422),
            (f"socket_id={SOCKET}&channel_name={FEED}%0A", 422),
            (f"socket_id={SOCKET}&channel_name=x", 422),
            (f"socket_id={SOCKET}&socket_id=1.1&channel_name={FEED}", 400),
            (f"socket_id={SOCKET}&channel_name=%ff", 400),
            (b"socket_id=\xff", 400),
            ("a=1&" * 30, 400),
            ("a" * 17_000, 413),
        ],
    )
    async def test_a_malformed_form_is_refused(
        self, client: httpx.AsyncClient, player: HeadersBuilder, body: str | bytes, status: int
    ) -> None:
        headers = {**player(STREAMER), "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8"}
        answer = await client.post("/pusher/auth", content=body, headers=headers)

        assert answer.status_code == status

    @pytest.mark.parametrize("content_type", ["text/plain", "multipart/form-data", ""])
    async def test_other_bodies_are_refused(
        self, client: httpx.AsyncClient, player: HeadersBuilder, content_type: str
    ) -> None:
        headers = {**player(STREAMER), "Content-Type": content_type}

        assert (await client.post("/pusher/auth", content=b"x", headers=headers)).status_code == 415


async def test_forms_are_taken_where_they_belong_only(
    client: httpx.AsyncClient, player: HeadersBuilder
) -> None:
    answer = await client.post("/leaderboard/scores", data={"a": "1"}, headers=player(STREAMER))

    assert answer.status_code == 415


async def test_without_a_pusher_server_nothing_can_be_signed(
    client: httpx.AsyncClient, player: HeadersBuilder
) -> None:
    form = {"socket_id": SOCKET, "channel_name": FEED}
    answer = await client.post("/pusher/auth", data=form, headers=player(STREAMER))

    assert answer.status_code == 503
    assert answer.json()["type"] == "/problems/pusher-not-configured"


@pytest.mark.parametrize("url", ["http://host/apps/1", "http://k:s@host", "http://k:s@host/apps/x", "k:s"])
def test_half_a_pusher_url_stops_the_start(settings_for: SettingsFactory, url: str) -> None:
    with pytest.raises(ValueError, match="must be like"):
        settings_for(pusher_url=url)


@pytest.mark.parametrize("path", ["/channels/{channel}/events", "/channels/feed@{alias}/events"])
async def test_the_document_says_that_events_are_a_stream_and_what_else_may_come(api: Any, path: str) -> None:
    answers = api.openapi()["paths"][path]["get"]["responses"]

    assert set(answers["200"]["content"]) == {"text/event-stream"}
    assert "too-many-subscribers" in answers["503"]["description"]
    assert {"414", "422"} <= set(answers)


async def test_the_document_says_that_a_subscription_is_a_form_or_json(api: Any) -> None:
    body = api.openapi()["paths"]["/pusher/auth"]["post"]["requestBody"]

    assert set(body["content"]) == {"application/json", "application/x-www-form-urlencoded"}


@pytest.fixture
async def process(settings: Settings, tmp_path: Path) -> AsyncIterator[tuple[Child, httpx.AsyncClient]]:
    """`laurel api` as a process of its own."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    variables = {
        "LAUREL_MONGODB_URI": settings.mongodb_uri,
        "LAUREL_MONGODB_DATABASE": settings.mongodb_database,
        "LAUREL_REDIS_URL": settings.redis_url,
        "LAUREL_JWT_SECRET": SECRET,
    }
    child = Child(
        name="api",
        command=[*LAUREL, "api", "--port", str(port)],
        log=tmp_path / "api.log",
        environment={**os.environ, **variables},
    )
    child.launch()
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=30) as http:
        async with asyncio.timeout(30):
            while not await _is_ready(http):  # noqa: ASYNC110 # nothing tells of it
                await asyncio.sleep(0.1)
        yield child, http
    child.kill()


async def test_a_process_with_open_streams_stops_in_time_and_ends_them(
    process: tuple[Child, httpx.AsyncClient], tmp_path: Path
) -> None:
    child, http = process
    async with listening(http, FEED) as one, listening(http, FEED) as two:
        await opened(one)
        await opened(two)
        assert child.process is not None
        child.process.terminate()
        began = time.monotonic()
        ends = [await one.ends(), await two.ends()]
    stopped = await asyncio.to_thread(child.process.wait, 10)

    assert ends == [True, True]
    assert time.monotonic() - began < 5
    assert stopped in {0, -15}
    assert "Traceback" not in (tmp_path / "api.log").read_text()


async def _is_ready(http: httpx.AsyncClient) -> bool:
    try:
        return (await http.get("/readyz")).is_success
    except httpx.HTTPError:
        return False
