"""The stand-in for the mailbox service that `laurel dev` serves."""

from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import httpx
import pytest
from conftest import SECRET, HeadersBuilder

from app.dev.demo import Signer
from app.dev.loopback import serving
from app.dev.mailbox import MailFile, mailbox_service

ANN = "00000000000000000000000a"
BOB = "00000000000000000000000b"
BULK = "/mail/admin/messages/send/bulk"


def message(message_id: str, account_id: str = ANN) -> dict[str, str]:
    return {"id": message_id, "accountId": account_id, "subject": "Well done"}


@pytest.fixture
async def mailbox(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    app = mailbox_service(Signer(SECRET, "laurel"), tmp_path / "mail.jsonl")
    async with serving(app) as url, httpx.AsyncClient(base_url=url) as client:
        yield client


async def send(mailbox: httpx.AsyncClient, headers: Mapping[str, str], key: str, *ids: str) -> httpx.Response:
    body = {"accountIds": [ANN], "messages": [message(one) for one in ids]}
    return await mailbox.post(BULK, json=body, headers={**headers, "Idempotency-Key": key})


async def mail(mailbox: httpx.AsyncClient, account_id: str = ANN) -> list[str]:
    answer = await mailbox.get("/mail", params={"accountId": account_id})
    return [one["id"] for one in answer.json()["messages"]]


async def test_a_player_has_what_was_sent_newest_first(
    mailbox: httpx.AsyncClient, service: HeadersBuilder
) -> None:
    await send(mailbox, service(), "k1", "one")
    await send(mailbox, service(), "k2", "two")

    assert await mail(mailbox) == ["two", "one"]


async def test_nobody_else_has_it(mailbox: httpx.AsyncClient, service: HeadersBuilder) -> None:
    await send(mailbox, service(), "k1", "one")

    assert await mail(mailbox, BOB) == []


@pytest.mark.parametrize("key", ["k1", "k2"])
async def test_what_is_sent_twice_is_there_once(
    mailbox: httpx.AsyncClient, service: HeadersBuilder, key: str
) -> None:
    await send(mailbox, service(), "k1", "one")

    again = await send(mailbox, service(), key, "one")

    assert (again.json()["duplicates"], await mail(mailbox)) == (1, ["one"])


async def test_a_player_may_not_send(mailbox: httpx.AsyncClient, player: HeadersBuilder) -> None:
    answer = await send(mailbox, player(), "k1", "one")

    assert (answer.status_code, await mail(mailbox)) == (403, [])


async def test_nobody_may_send_without_a_token(mailbox: httpx.AsyncClient) -> None:
    assert (await send(mailbox, {}, "k1", "one")).status_code == 401


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"messages": 5}', b'{"messages": [{"id": "one"}]}'])
async def test_what_is_no_message_is_refused(
    mailbox: httpx.AsyncClient, service: HeadersBuilder, body: bytes
) -> None:
    assert (await mailbox.post(BULK, content=body, headers=service())).status_code == 400


def test_mail_is_there_after_a_restart(tmp_path: Path) -> None:
    MailFile(tmp_path / "mail.jsonl").deliver("k1", [message("one")])

    reopened = MailFile(tmp_path / "mail.jsonl")

    assert (reopened.newest(ANN), reopened.deliver("k2", [message("one")])) == ([message("one")], 0)


def test_a_line_cut_short_costs_no_other_line(tmp_path: Path) -> None:
    path = tmp_path / "mail.jsonl"
    MailFile(path).deliver("k1", [message("one")])
    with path.open("ab") as file:
        file.write(b'\n{"key": "k2", "mess')
    MailFile(path).deliver("k3", [message("three")])

    assert [one["id"] for one in MailFile(path).newest(ANN)] == ["three", "one"]


def test_only_the_newest_fifty_are_shown(tmp_path: Path) -> None:
    mail = MailFile(tmp_path / "mail.jsonl")
    for number in range(60):
        mail.deliver(f"k{number}", [message(str(number))])

    assert [one["id"] for one in mail.newest(ANN)] == [str(number) for number in range(59, 9, -1)]
