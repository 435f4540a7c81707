"""The FCM client against a push service and a token endpoint on a real socket."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import httpx
import pytest
from conftest import SettingsFactory
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1
from cryptography.hazmat.primitives.asymmetric.ec import generate_private_key as generate_ec_key
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from fakes import http_answer
from fcm_stand_in import (
    EMAIL,
    PROJECT,
    SCOPE,
    FcmStandIn,
    Mood,
    fcm_fault,
    is_current,
    pem_of,
    serving_fcm,
)
from pydantic import ValidationError

from app.clients import transport
from app.clients.fcm import FcmAway, FcmClient, Verdict
from app.clients.google_tokens import GoogleTokens
from app.clients.transport import open_http
from app.kit.service_account import service_account

PUSH = {"title": "Ann is live", "body": "Hello", "data": {"type": "livestream.online"}}


@pytest.fixture
async def fcm() -> AsyncIterator[FcmStandIn]:
    async with serving_fcm() as stand_in:
        yield stand_in


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    async with open_http() as opened:
        yield opened


@pytest.fixture
def client(fcm: FcmStandIn, http: httpx.AsyncClient, tmp_path: Path) -> FcmClient:
    return FcmClient(fcm.url, service_account(fcm.key_file(tmp_path).read_bytes()), http)


async def absence_of(client: FcmClient) -> FcmAway:
    with pytest.raises(FcmAway) as raised:
        await client.send("phone", PUSH)
    return raised.value


# The message


async def test_a_message_goes_to_one_device_of_the_project(client: FcmClient, fcm: FcmStandIn) -> None:
    await client.send("phone", PUSH)

    (call,) = fcm.calls
    assert (call.path, call.message) == (
        f"/v1/projects/{PROJECT}/messages:send",
        {
            "token": "phone",
            "notification": {"title": "Ann is live", "body": "Hello"},
            "data": {"type": "livestream.online"},
        },
    )


@pytest.mark.parametrize(
    ("mood", "verdict", "reason"),
    [
        (Mood.WELL, Verdict.SENT, ""),
        (Mood.UNREGISTERED, Verdict.GONE, "404 UNREGISTERED"),
        (Mood.NO_TOKEN_AT_ALL, Verdict.GONE, "400 INVALID_ARGUMENT"),
        (Mood.BAD_TOKEN_FIELD, Verdict.GONE, "400 INVALID_ARGUMENT"),
        (Mood.BAD_FIELD, Verdict.REFUSED, "400 INVALID_ARGUMENT"),
        (Mood.UNKNOWN_PROJECT, Verdict.REFUSED, "404 NOT_FOUND"),
        (Mood.MISMATCH, Verdict.REFUSED, "403 SENDER_ID_MISMATCH"),
        (Mood.NO_APPLE_KEY, Verdict.REFUSED, "401 THIRD_PARTY_AUTH_ERROR"),
    ],
)
async def test_what_is_decided_is_a_verdict(
    client: FcmClient, fcm: FcmStandIn, mood: Mood, verdict: Verdict, reason: str
) -> None:
    fcm.mood = mood

    outcome = await client.send("phone", PUSH)

    assert (outcome.verdict, outcome.reason) == (verdict, reason)


@pytest.mark.parametrize("body", [b"", b"[]", b'{"error": "no"}', b'{"error": {"details": [1]}}'])
async def test_a_refusal_nobody_understands_is_one_for_good(
    client: FcmClient, fcm: FcmStandIn, body: bytes
) -> None:
    fcm.answers[Mood.MISMATCH] = http_answer(403, body)
    fcm.mood = Mood.MISMATCH

    outcome = await client.send("phone", PUSH)

    assert (outcome.verdict, outcome.reason) == (Verdict.REFUSED, "403")


async def test_a_reason_has_no_words_of_the_other_side(client: FcmClient, fcm: FcmStandIn) -> None:
    fcm.answers[Mood.MISMATCH] = http_answer(403, fcm_fault(403, "<script>", "phone"))
    fcm.mood = Mood.MISMATCH

    assert (await client.send("phone", PUSH)).reason == "403"


@pytest.mark.parametrize(
    ("mood", "reason"),
    [
        (Mood.BROKEN, "It answered 500."),
        (Mood.NO_GATEWAY, "It answered 502."),
        (Mood.BUSY, "It answered 503."),
        (Mood.TOO_MANY, "It answered 429."),
        (Mood.ELSEWHERE, "It answered 302."),
        (Mood.CUT, "RemoteProtocolError"),
        (Mood.NONSENSE, "RemoteProtocolError"),
        (Mood.WELL_THEN_CUT, "RemoteProtocolError"),
    ],
)
async def test_anything_else_is_an_absence_with_a_reason(
    client: FcmClient, fcm: FcmStandIn, mood: Mood, reason: str
) -> None:
    fcm.mood = mood

    assert (await absence_of(client)).reason == reason


async def test_an_answer_without_end_is_not_read_to_its_end(client: FcmClient, fcm: FcmStandIn) -> None:
    fcm.mood = Mood.ENDLESS

    assert await absence_of(client)


async def test_a_silent_service_is_given_up_on(
    client: FcmClient, fcm: FcmStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport, "ANSWER_WITHIN_S", 0.2)
    fcm.mood = Mood.SILENT

    assert (await absence_of(client)).reason == "TimeoutError"


async def test_without_an_account_the_service_is_away(fcm: FcmStandIn, http: httpx.AsyncClient) -> None:
    await absence_of(FcmClient(fcm.url, None, http))

    assert fcm.calls == []


# How long it asks to be left alone


@pytest.mark.parametrize(
    ("mood", "header", "seconds"),
    [
        (Mood.BUSY, "Retry-After: 17", 17),
        (Mood.TOO_MANY, "Retry-After: 17", 17),
        (Mood.BUSY, "Retry-After: 999999999", 3600),
        (Mood.BUSY, "Retry-After: soon", 1),
        (Mood.BUSY, "Retry-After: -5", 1),
        (Mood.BUSY, "Retry-After: Mon, 01 Jan 2001 00:00:00 GMT", 0),
        (Mood.BUSY, "X-Nothing: 17", 1),
        (Mood.TOO_MANY, "X-Nothing: 17", 60),
    ],
)
async def test_the_service_says_how_long_to_wait(
    client: FcmClient, fcm: FcmStandIn, mood: Mood, header: str, seconds: int
) -> None:
    fcm.answers[mood] = http_answer(503 if mood is Mood.BUSY else 429, b"{}", header)
    fcm.mood = mood

    assert (await absence_of(client)).retry_after_s == seconds


async def test_the_service_may_say_until_when_to_wait(client: FcmClient, fcm: FcmStandIn) -> None:
    until = format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True)
    fcm.answers[Mood.BUSY] = http_answer(503, b"{}", f"Retry-After: {until}")
    fcm.mood = Mood.BUSY

    assert 85 <= (await absence_of(client)).retry_after_s <= 90


# Access tokens


async def test_a_token_is_asked_for_with_a_signed_statement_of_who_we_are(
    client: FcmClient, fcm: FcmStandIn
) -> None:
    await client.send("phone", PUSH)

    (claims,) = fcm.grants
    assert (claims["iss"], claims["scope"], is_current(claims)) == (EMAIL, SCOPE, True)


async def test_the_token_given_goes_with_the_message(client: FcmClient, fcm: FcmStandIn) -> None:
    await client.send("phone", PUSH)

    assert [call.access_token for call in fcm.calls] == ["access-1"]


async def test_a_token_is_used_again(client: FcmClient, fcm: FcmStandIn) -> None:
    for _ in range(3):
        await client.send("phone", PUSH)

    assert len(fcm.grants) == 1


async def test_many_who_need_a_token_at_once_ask_once(client: FcmClient, fcm: FcmStandIn) -> None:
    await asyncio.gather(*(client.send("phone", PUSH) for _ in range(50)))

    assert (len(fcm.grants), len(fcm.calls)) == (1, 50)


async def test_a_token_is_not_used_in_its_last_minute(client: FcmClient, fcm: FcmStandIn) -> None:
    fcm.tokens_last_s = 60
    await client.send("phone", PUSH)

    await client.send("phone", PUSH)

    assert [call.access_token for call in fcm.calls] == ["access-1", "access-2"]


async def test_a_token_that_is_not_accepted_is_replaced_once_for_all_who_have_it(
    client: FcmClient, fcm: FcmStandIn
) -> None:
    await client.send("phone", PUSH)
    fcm.accepted.clear()

    outcomes = await asyncio.gather(*(client.send(f"phone-{number}", PUSH) for number in range(20)))

    assert ({outcome.verdict for outcome in outcomes}, len(fcm.grants)) == ({Verdict.SENT}, 2)


async def test_who_learns_late_that_a_token_is_not_accepted_gets_the_one_that_replaced_it(
    fcm: FcmStandIn, http: httpx.AsyncClient, tmp_path: Path
) -> None:
    account = service_account(fcm.key_file(tmp_path).read_bytes())
    tokens = GoogleTokens(account, http, scope=SCOPE, away=FcmAway)
    rejected = await tokens.current()

    given = [await tokens.instead_of(rejected) for _ in range(2)]

    assert (given, len(fcm.grants)) == (["access-2", "access-2"], 2)


async def test_a_second_token_that_is_not_accepted_is_an_absence(
    client: FcmClient, fcm: FcmStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fcm, "accepted", frozenset())
    monkeypatch.setattr(fcm, "_grant", lambda _: http_answer(200, b'{"access_token":"x","expires_in":9999}'))

    absence = await absence_of(client)

    assert (absence.reason, len(fcm.calls)) == ("It answered 401.", 2)


async def test_nobody_is_asked_for_a_token_where_apple_is_the_one_who_refuses(
    client: FcmClient, fcm: FcmStandIn
) -> None:
    fcm.mood = Mood.NO_APPLE_KEY

    await client.send("phone", PUSH)

    assert (len(fcm.grants), len(fcm.calls)) == (1, 1)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (http_answer(400, b'{"error": "invalid_grant"}'), "No access token: 400."),
        (http_answer(500, b"oops"), "No access token: 500."),
        (http_answer(302, b"", "Location: http://127.0.0.1:1/"), "No access token: 302."),
        (http_answer(200, b"{}"), "ValidationError"),
        (http_answer(200, b'{"access_token": "", "expires_in": 60}'), "ValidationError"),
        (http_answer(200, b'{"access_token": "a\\nb", "expires_in": 60}'), "ValidationError"),
        (http_answer(200, b'{"access_token": "a", "expires_in": "60"}'), "ValidationError"),
        (b"nonsense\r\n\r\n", "RemoteProtocolError"),
    ],
)
async def test_without_a_token_nothing_is_sent(
    client: FcmClient, fcm: FcmStandIn, answer: bytes, reason: str
) -> None:
    fcm.no_tokens = answer

    assert ((await absence_of(client)).reason, fcm.calls) == (reason, [])


async def test_after_a_failure_a_token_is_asked_for_again(client: FcmClient, fcm: FcmStandIn) -> None:
    fcm.no_tokens = http_answer(500, b"oops")
    await absence_of(client)
    fcm.no_tokens = None

    assert (await client.send("phone", PUSH)).verdict is Verdict.SENT


async def test_another_accounts_key_gets_no_token(
    fcm: FcmStandIn, http: httpx.AsyncClient, tmp_path: Path
) -> None:
    other = pem_of(generate_private_key(public_exponent=65537, key_size=2048))
    account = service_account(fcm.key_file(tmp_path, private_key=other).read_bytes())

    absence = await absence_of(FcmClient(fcm.url, account, http))

    assert (absence.reason, fcm.grants) == ("No access token: 400.", [])


# The key file


@pytest.mark.parametrize(
    "changed",
    [
        {"project_id": None},
        {"project_id": "../other"},
        {"private_key": "no key"},
        {"private_key": pem_of(generate_ec_key(SECP256R1()))},
        {"token_uri": "file:///etc/passwd"},
        {"client_email": ""},
    ],
)
def test_a_key_file_that_is_none_stops_the_start_with_a_word_on_what_is_wrong(
    settings_for: SettingsFactory, tmp_path: Path, changed: dict[str, str | None]
) -> None:
    key_file = FcmStandIn(url="http://127.0.0.1:1").key_file(tmp_path, **changed)
    (name,) = changed

    with pytest.raises(ValidationError, match=f"no service account's key file: {name}"):
        settings_for(fcm_credentials=key_file)


def test_a_key_file_has_to_be_there(settings_for: SettingsFactory, tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match="does not point to a file"):
        settings_for(fcm_credentials=tmp_path / "nothing.json")


def test_a_key_is_not_shown_with_its_account(tmp_path: Path) -> None:
    key_file = FcmStandIn(url="http://127.0.0.1:1").key_file(tmp_path)

    assert "BEGIN" not in repr(service_account(key_file.read_bytes()))
