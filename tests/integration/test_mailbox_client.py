"""The mailbox client against a service on a real socket."""

from collections.abc import AsyncIterator

import httpx
import pytest
from fakes import http_answer
from mailbox_stand_in import MailboxStandIn, Mood, serving_mailbox

from app.clients import transport
from app.clients.mailbox import MailboxAway, MailboxClient
from app.clients.transport import open_http

ANN = "00000000000000000000000a"
MESSAGE = {"id": "won", "accountId": ANN, "subject": "Well done"}


@pytest.fixture
async def mailbox() -> AsyncIterator[MailboxStandIn]:
    async with serving_mailbox() as stand_in:
        yield stand_in


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    async with open_http() as opened:
        yield opened


@pytest.fixture
def client(mailbox: MailboxStandIn, http: httpx.AsyncClient) -> MailboxClient:
    return MailboxClient(mailbox.url, http, lambda: "service-token")


async def reason_of(client: MailboxClient) -> str:
    with pytest.raises(MailboxAway) as raised:
        await client.send(ANN, [MESSAGE], key="won")
    return raised.value.reason


async def test_messages_are_sent_in_one_call_to_the_bulk_route(
    client: MailboxClient, mailbox: MailboxStandIn
) -> None:
    await client.send(ANN, [MESSAGE], key="won")

    assert [(call.path, call.body) for call in mailbox.calls] == [
        ("/mail/admin/messages/send/bulk", {"accountIds": [ANN], "messages": [MESSAGE]})
    ]


async def test_the_service_token_and_the_key_go_with_them(
    client: MailboxClient, mailbox: MailboxStandIn
) -> None:
    await client.send(ANN, [MESSAGE], key="won")

    assert [(call.token, call.key) for call in mailbox.calls] == [("Bearer service-token", "won")]


async def test_an_answer_that_calls_them_a_duplicate_means_they_are_there(
    client: MailboxClient, mailbox: MailboxStandIn
) -> None:
    await client.send(ANN, [MESSAGE], key="won")

    await client.send(ANN, [MESSAGE], key="won")

    assert mailbox.mail == {"won": 1}


@pytest.mark.parametrize("body", [b"", b'{"error": "conflict"}', b'{"error": "duplicate"}'])
async def test_a_conflict_means_they_are_there(
    client: MailboxClient, mailbox: MailboxStandIn, body: bytes
) -> None:
    mailbox.answers[Mood.BUSY] = http_answer(409, body)
    mailbox.mood = Mood.BUSY

    await client.send(ANN, [MESSAGE], key="won")

    assert len(mailbox.calls) == 1


@pytest.mark.parametrize(
    ("mood", "reason"),
    [
        (Mood.BROKEN, "It answered 500."),
        (Mood.REFUSING, "It answered 400."),
        (Mood.BUSY, "It answered 409."),
        (Mood.ELSEWHERE, "It answered 302."),
        (Mood.CUT, "RemoteProtocolError"),
        (Mood.NONSENSE, "RemoteProtocolError"),
        (Mood.WELL_THEN_CUT, "RemoteProtocolError"),
        (Mood.WELL_THEN_BROKEN, "It answered 500."),
        (Mood.ENDLESS, "The mailbox service did not take the messages."),
    ],
)
async def test_anything_else_is_an_absence_with_a_reason(
    client: MailboxClient, mailbox: MailboxStandIn, mood: Mood, reason: str
) -> None:
    mailbox.mood = mood

    assert await reason_of(client) == reason


async def test_a_silent_service_is_given_up_on(
    client: MailboxClient, mailbox: MailboxStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport, "ANSWER_WITHIN_S", 0.2)
    mailbox.mood = Mood.SILENT

    assert await reason_of(client) == "TimeoutError"


async def test_a_service_nobody_runs_is_away(http: httpx.AsyncClient) -> None:
    client = MailboxClient("http://127.0.0.1:1", http, lambda: "service-token")

    assert await reason_of(client) == "ConnectError"


async def test_without_a_service_token_nothing_is_sent(
    mailbox: MailboxStandIn, http: httpx.AsyncClient
) -> None:
    await reason_of(MailboxClient(mailbox.url, http, lambda: None))

    assert mailbox.calls == []


async def test_without_a_configured_service_it_is_away(http: httpx.AsyncClient) -> None:
    client = MailboxClient(None, http, lambda: "service-token")

    assert await reason_of(client) == "No mailbox service is configured."
