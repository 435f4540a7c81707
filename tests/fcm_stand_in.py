"""FCM and Google's token endpoint on a real socket: they fail as a test says, and remember every call."""

import asyncio
import json
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from fakes import http_answer

Json = dict[str, Any]

PROJECT = "laurel-test"
EMAIL = "laurel@laurel-test.iam.gserviceaccount.com"
KEY_ID = "key-1"
SCOPE = "https://www.googleapis.com/auth/firebase.messaging"
JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
FCM_ERROR = "type.googleapis.com/google.firebase.fcm.v1.FcmError"
BAD_REQUEST = "type.googleapis.com/google.rpc.BadRequest"


class Mood(StrEnum):
    """What becomes of a message. Only WELL and the last two show it on the device."""

    BROKEN = "500"
    NO_GATEWAY = "502 in HTML"
    BUSY = "503"
    TOO_MANY = "429"
    ELSEWHERE = "302"
    CUT = "closed before the device has it"
    NONSENSE = "no HTTP"
    ENDLESS = "200 and more than anybody reads"
    SILENT = "no answer"
    UNREGISTERED = "404, no such device any more"
    NO_TOKEN_AT_ALL = "400, the token is none"
    BAD_TOKEN_FIELD = "400, the field token is bad"
    BAD_FIELD = "400, another field is bad"
    UNKNOWN_PROJECT = "404"
    MISMATCH = "403"
    NO_APPLE_KEY = "401, Apple does not know the app"
    WELL = "200"
    WELL_THEN_CUT = "shown, closed without an answer"
    WELL_THEN_SILENT = "shown, no answer"

    @property
    def shows(self) -> bool:
        """True if the device has the message afterwards."""
        return self in {Mood.WELL, Mood.WELL_THEN_CUT, Mood.WELL_THEN_SILENT}

    @property
    def answers(self) -> bool:
        """True if the caller is answered at all or cut off, rather than left waiting."""
        return self not in {Mood.SILENT, Mood.WELL_THEN_SILENT}


def fcm_fault(status: int, name: str, message: str, *details: Json) -> bytes:
    """An error as Google's services tell it."""
    body = {"error": {"code": status, "message": message, "status": name, "details": list(details)}}
    return json.dumps(body).encode()


def _code(code: str) -> Json:
    return {"@type": FCM_ERROR, "errorCode": code}


def _field(name: str) -> Json:
    return {"@type": BAD_REQUEST, "fieldViolations": [{"field": name, "description": "Invalid value"}]}


NO_TOKEN = "The registration token is not a valid FCM registration token"
BAD_ARGUMENT = "Request contains an invalid argument."
UNAUTHENTICATED = http_answer(401, fcm_fault(401, "UNAUTHENTICATED", "Invalid authentication credentials"))
_ANSWERS = {
    Mood.BROKEN: http_answer(500, fcm_fault(500, "INTERNAL", "Internal error", _code("INTERNAL"))),
    Mood.NO_GATEWAY: http_answer(502, b"<!DOCTYPE html><title>Error 502</title>"),
    Mood.BUSY: http_answer(503, fcm_fault(503, "UNAVAILABLE", "Overloaded", _code("UNAVAILABLE"))),
    Mood.TOO_MANY: http_answer(429, fcm_fault(429, "RESOURCE_EXHAUSTED", "Quota", _code("QUOTA_EXCEEDED"))),
    Mood.ELSEWHERE: http_answer(302, b"", "Location: http://127.0.0.1:1/"),
    Mood.NONSENSE: b"nonsense\r\n\r\n",
    Mood.ENDLESS: b"HTTP/1.1 200 X\r\n\r\n" + b" " * (65 * 1024),
    Mood.UNREGISTERED: http_answer(
        404, fcm_fault(404, "NOT_FOUND", "Requested entity was not found.", _code("UNREGISTERED"))
    ),
    Mood.NO_TOKEN_AT_ALL: http_answer(
        400, fcm_fault(400, "INVALID_ARGUMENT", NO_TOKEN, _code("INVALID_ARGUMENT"))
    ),
    Mood.BAD_TOKEN_FIELD: http_answer(
        400,
        fcm_fault(400, "INVALID_ARGUMENT", BAD_ARGUMENT, _code("INVALID_ARGUMENT"), _field("message.token")),
    ),
    Mood.BAD_FIELD: http_answer(
        400, fcm_fault(400, "INVALID_ARGUMENT", BAD_ARGUMENT, _field("message.data[0].value"))
    ),
    Mood.UNKNOWN_PROJECT: http_answer(404, fcm_fault(404, "NOT_FOUND", "Requested entity was not found.")),
    Mood.MISMATCH: http_answer(
        403, fcm_fault(403, "PERMISSION_DENIED", "SenderId mismatch", _code("SENDER_ID_MISMATCH"))
    ),
    Mood.NO_APPLE_KEY: http_answer(
        401, fcm_fault(401, "UNAUTHENTICATED", "Auth error from APNS", _code("THIRD_PARTY_AUTH_ERROR"))
    ),
    Mood.WELL: http_answer(200, json.dumps({"name": f"projects/{PROJECT}/messages/1"}).encode()),
}


@dataclass(frozen=True)
class Call:
    """One request for a message to be sent."""

    path: str
    access_token: str
    message: Json

    @property
    def device(self) -> str:
        """The device it is for."""
        return str(self.message["token"])


@dataclass
class FcmStandIn:
    """Moods to come are used up one a call; after them every call meets `mood`, or its device's own."""

    mood: Mood = Mood.WELL
    moods_to_come: list[Mood] = field(default_factory=list)
    moods_of: dict[str, Mood] = field(default_factory=dict)
    answers: dict[Mood, bytes] = field(default_factory=lambda: dict(_ANSWERS))
    calls: list[Call] = field(default_factory=list)
    shown: Counter[str] = field(default_factory=Counter)
    grants: list[Json] = field(default_factory=list)
    #: What the token endpoint answers instead of a token.
    no_tokens: bytes | None = None
    tokens_last_s: int = 3600
    accepted: set[str] = field(default_factory=set)
    delay_s: float = 0
    url: str = ""
    most_at_once: int = 0
    _at_once: int = 0
    _closing: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def token_uri(self) -> str:
        """Where tokens are had."""
        return f"{self.url}/token"

    def key_file(self, directory: Path, **changed: Any) -> Path:
        """A service account's key file for this stand-in; what is changed to None is left out."""
        usual = {
            "type": "service_account",
            "project_id": PROJECT,
            "private_key_id": KEY_ID,
            "private_key": pem_of(signing_key()),
            "client_email": EMAIL,
            "token_uri": self.token_uri,
        }
        path = directory / "service-account.json"
        chosen = {name: value for name, value in {**usual, **changed}.items() if value is not None}
        path.write_text(json.dumps(chosen))
        return path

    async def called(self, times: int) -> None:
        """Return once so many messages have come, and been shown if they were to be."""
        async with asyncio.timeout(5):
            while len(self.calls) < times:  # noqa: ASYNC110 # nothing tells of a call
                await asyncio.sleep(0.002)

    def let_go(self) -> None:
        """Close what was left waiting."""
        present, self._closing = self._closing, asyncio.Event()
        present.set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one request and close."""
        self._at_once += 1
        self.most_at_once = max(self.most_at_once, self._at_once)
        try:
            path, headers, body = await _read_request(reader)
            await asyncio.sleep(self.delay_s)
            if path == "/token":
                writer.write(self._grant(parse_qs(body.decode())))
            else:
                writer.write(await self._message(path, headers, json.loads(body)))
        finally:
            self._at_once -= 1
            writer.close()

    def _grant(self, form: dict[str, list[str]]) -> bytes:
        (grant_type,) = form["grant_type"]
        (assertion,) = form["assertion"]
        try:
            claims = jwt.decode(
                assertion, signing_key().public_key(), algorithms=["RS256"], audience=self.token_uri
            )
        except jwt.InvalidTokenError:
            return http_answer(400, b'{"error": "invalid_grant"}')
        if grant_type != JWT_BEARER or jwt.get_unverified_header(assertion)["kid"] != KEY_ID:
            return http_answer(400, b'{"error": "unsupported_grant_type"}')
        self.grants.append(claims)
        if self.no_tokens is not None:
            return self.no_tokens
        token = f"access-{len(self.grants)}"
        self.accepted.add(token)
        given = {"access_token": token, "expires_in": self.tokens_last_s, "token_type": "Bearer"}
        return http_answer(200, json.dumps(given).encode())

    async def _message(self, path: str, headers: dict[str, str], body: Json) -> bytes:
        call = Call(path, headers["authorization"].removeprefix("Bearer "), body["message"])
        if call.access_token not in self.accepted:
            self.calls.append(call)
            return UNAUTHENTICATED
        mood = self._mood_for(call)
        if mood.shows:
            self.shown[call.device] += 1
        self.calls.append(call)
        if not mood.answers:
            await self._closing.wait()
        return self.answers.get(mood, b"")

    def _mood_for(self, call: Call) -> Mood:
        if self.moods_to_come:
            return self.moods_to_come.pop(0)
        return self.moods_of.get(call.device, self.mood)


@asynccontextmanager
async def serving_fcm() -> AsyncIterator[FcmStandIn]:
    """A push service that nobody has asked for anything."""
    stand_in = FcmStandIn()
    server = await asyncio.start_server(stand_in.serve, "127.0.0.1", 0, backlog=200)
    stand_in.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server:
        yield stand_in
        stand_in.let_go()


@cache
def signing_key() -> RSAPrivateKey:
    """The service account's key, the same for all tests: making one takes long."""
    return generate_private_key(public_exponent=65537, key_size=2048)


def pem_of(key: Any) -> str:
    """A private key as key files have it."""
    return str(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode())


def is_current(claims: Json) -> bool:
    """True for an assertion made just now that lives for an hour at most."""
    now = time.time()
    return bool(now - 5 <= claims["iat"] <= now + 5 and claims["exp"] - claims["iat"] <= 60 * 60)


async def _read_request(reader: asyncio.StreamReader) -> tuple[str, dict[str, str], bytes]:
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    request, *lines = head.splitlines()
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    return request.split()[1], headers, await reader.readexactly(int(headers["content-length"]))
