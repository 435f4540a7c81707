"""Subscriptions to a Pusher server: signed here, and taken by the server from a client that people use."""

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from channel_store import LivestreamStore
from conftest import HeadersBuilder, SettingsFactory
from pusher_sockets import Listener, serving_sockets
from pusher_stand_in import PusherStandIn, subscription_is_signed

from app.dev.loopback import serving
from app.livestream.channels import Channels
from app.livestream.rules.channel_names import of_streamer, presence
from app.main import guarded
from app.settings import Settings

pytest_plugins = ["channel_fixtures"]

STREAMER, VIEWER, STRANGER = "a" * 24, "b" * 24, "c" * 24
FEED = "feed@user_livestream-global"
SOCKET = "1234.5678"


@pytest.fixture
def settings(settings_for: SettingsFactory, pusher: PusherStandIn) -> Settings:
    return settings_for(pusher_url=pusher.url)


async def sign(
    client: httpx.AsyncClient, channel: str, headers: dict[str, str], **query: str
) -> httpx.Response:
    form = {"socket_id": SOCKET, "channel_name": channel}
    return await client.post("/pusher/auth", data=form, headers=headers, params=query)


async def test_a_private_channel_is_signed(client: httpx.AsyncClient, player: HeadersBuilder) -> None:
    channel = f"private-user@{STREAMER}"
    answer = await sign(client, channel, player(STREAMER))

    assert answer.status_code == 200
    assert answer.json().keys() == {"auth"}
    assert subscription_is_signed(answer.json()["auth"], SOCKET, channel)


async def test_a_presence_channel_is_signed_for_the_member_alone(
    client: httpx.AsyncClient, backstage: LivestreamStore, player: HeadersBuilder
) -> None:
    channel = presence(backstage.session(STREAMER))
    signed = (await sign(client, channel, player(VIEWER))).json()

    assert json.loads(signed["channel_data"]) == {"user_id": VIEWER}
    assert subscription_is_signed(signed["auth"], SOCKET, channel, signed["channel_data"])


async def test_json_will_do_as_well(client: httpx.AsyncClient, player: HeadersBuilder) -> None:
    body = {"socket_id": SOCKET, "channel_name": FEED}
    answer = await client.post("/pusher/auth", json=body, headers=player(VIEWER))

    assert subscription_is_signed(answer.json()["auth"], SOCKET, FEED)


async def test_a_service_signs_for_the_account_it_names(
    client: httpx.AsyncClient, backstage: LivestreamStore, service: HeadersBuilder
) -> None:
    channel = presence(backstage.session(STREAMER))
    signed = (await sign(client, channel, service(STRANGER), account_id=VIEWER)).json()

    assert json.loads(signed["channel_data"]) == {"user_id": VIEWER}
    assert (await sign(client, channel, service(STRANGER))).status_code == 422


# A client library


@pytest.fixture
async def authorisation(api: Any) -> AsyncIterator[str]:
    """Where clients have their subscriptions signed."""
    app: Any = guarded(api)
    async with serving(app) as url:
        yield f"{url}/pusher/auth"


async def test_a_pusher_client_is_let_in_with_our_signature_and_hears_what_is_published(
    api: Any, authorisation: str, pusher: PusherStandIn, backstage: LivestreamStore, player: HeadersBuilder
) -> None:
    channels: Channels = api.state.resources.livestream.channels
    own, watched = f"private-stream@{STREAMER}", presence(backstage.session(STREAMER))
    async with serving_sockets(pusher) as port:
        client = Listener(port, authorisation, player(STREAMER), member=STREAMER)
        async with client.listening(own, watched, FEED, to="show_goal.updated"):
            for channel in (own, watched, FEED):
                await channels.publish(channel, "show_goal.updated", {"goal": channel})
            heard = [await client.next() for _ in range(3)]

    assert heard == [(channel, {"goal": channel}) for channel in (own, watched, FEED)]


async def test_a_pusher_server_takes_no_signature_for_another_channel_socket_or_member(
    client: httpx.AsyncClient, backstage: LivestreamStore, player: HeadersBuilder
) -> None:
    channel = presence(backstage.session(STREAMER))
    signed = (await sign(client, channel, player(VIEWER))).json()
    auth, member = signed["auth"], signed["channel_data"]

    assert subscription_is_signed(auth, SOCKET, channel, member)
    assert not subscription_is_signed(auth, SOCKET, presence(STRANGER), member)
    assert not subscription_is_signed(auth, "1.1", channel, member)
    assert not subscription_is_signed(auth, SOCKET, channel, json.dumps({"user_id": STRANGER}))


# Who may, and what is refused


@pytest.mark.parametrize("channel", of_streamer(STREAMER))
async def test_a_channel_of_somebody_else_is_not_signed(
    client: httpx.AsyncClient, player: HeadersBuilder, channel: str
) -> None:
    answer = await sign(client, channel, player(STRANGER))

    assert answer.status_code == 403
    assert answer.json()["type"] == "/problems/channel-forbidden"


async def test_nothing_is_signed_for_nobody(client: httpx.AsyncClient) -> None:
    assert (await sign(client, FEED, {})).status_code == 401


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
    client: httpx.AsyncClient, player: HeadersBuilder, body: str | bytes, status: int
) -> None:
    headers = {**player(STREAMER), "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8"}
    answer = await client.post("/pusher/auth", content=body, headers=headers)

    assert answer.status_code == status


@pytest.mark.parametrize("content_type", ["text/plain", "multipart/form-data", ""])
async def test_other_bodies_are_refused(
    client: httpx.AsyncClient, player: HeadersBuilder, content_type: str
) -> None:
    headers = {**player(STREAMER), "Content-Type": content_type}

    assert (await client.post("/pusher/auth", content=b"x", headers=headers)).status_code == 415


async def test_forms_are_taken_where_they_belong_only(
    client: httpx.AsyncClient, player: HeadersBuilder
) -> None:
    answer = await client.post("/leaderboard/scores", data={"a": "1"}, headers=player(STREAMER))

    assert answer.status_code == 415


@pytest.mark.parametrize("url", ["http://host/apps/1", "http://k:s@host", "http://k:s@host/apps/x", "k:s"])
def test_half_a_pusher_url_stops_the_start(settings_for: SettingsFactory, url: str) -> None:
    with pytest.raises(ValueError, match="must be like"):
        settings_for(pusher_url=url)


async def test_the_document_says_that_a_subscription_is_a_form_or_json(api: Any) -> None:
    body = api.openapi()["paths"]["/pusher/auth"]["post"]["requestBody"]

    assert set(body["content"]) == {"application/json", "application/x-www-form-urlencoded"}
