"""Firebase Cloud Messaging: push messages to the devices of users."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import httpx
import orjson
from pydantic import BaseModel, Field, ValidationError

from app.clients.google_tokens import GoogleTokens
from app.clients.transport import Answer, send
from app.kit.errors import Unavailable
from app.kit.service_account import ServiceAccount

SCOPE = "https://www.googleapis.com/auth/firebase.messaging"
#: Asked for by FCM where a 429 does not say how long.
PAUSE_AFTER_TOO_MANY_S = 60
LONGEST_PAUSE_S = 3600

#: Client errors that say nothing about the message, only that it was not taken now.
_NOT_NOW = {httpx.codes.UNAUTHORIZED, httpx.codes.REQUEST_TIMEOUT, httpx.codes.TOO_MANY_REQUESTS}
_CODE = re.compile(r"[A-Z_]{1,40}", re.ASCII)
_ABOUT_THE_TOKEN = re.compile(r"registration token", re.IGNORECASE)


class FcmAway(Unavailable):
    """The push service did not take the message; not before `retry_after_s` it should be asked again."""

    slug = "push-service-unavailable"

    @property
    def reason(self) -> str:
        """What happened, in a few words that are never the other side's own."""
        return type(self.__cause__).__name__ if self.__cause__ else self.detail


class Verdict(StrEnum):
    """What became of a message."""

    SENT = "sent"
    GONE = "there is no such device any more"
    REFUSED = "refused for good"


@dataclass(frozen=True, slots=True)
class Outcome:
    """A verdict, with the status and code of the refusal if it is one."""

    verdict: Verdict
    reason: str = ""


class FcmClient:
    """Hands messages to FCM, each for one device."""

    def __init__(self, base_url: str, account: ServiceAccount | None, http: httpx.AsyncClient) -> None:
        self._http = http
        self._url = f"{base_url}/v1/projects/{account.project_id if account else ''}/messages:send"
        self._tokens = GoogleTokens(account, http, scope=SCOPE, away=FcmAway) if account else None

    @property
    def is_configured(self) -> bool:
        """True if there is an account to send with."""
        return self._tokens is not None

    async def send(self, device: str, push: Mapping[str, Any]) -> Outcome:
        """What FCM says to this message for this device; FcmAway when it is not certain to have it.

        `push` has `title`, `body` and `data`, whose values are text. After FcmAway the message may be on its
        way all the same: FCM has no key by which it would know it again.
        """
        notification = {"title": push["title"], "body": push["body"]}
        message = {"token": device, "notification": notification, "data": push["data"]}
        body = orjson.dumps({"message": message})
        if self._tokens is None:
            raise FcmAway("No account for the push service is configured.")
        token = await self._tokens.current()
        answer = await self._post(token, body)
        if _is_bad_token(answer):
            answer = await self._post(await self._tokens.instead_of(token), body)
        return _outcome(answer)

    async def examine(self) -> None:
        """Return if the configured account gets tokens to send with; FcmAway if not."""
        if self._tokens is not None:
            await self._tokens.current()

    async def _post(self, token: str, body: bytes) -> Answer:
        return await send(self._http, self._url, token=token, away=FcmAway, body=body)


class _Violation(BaseModel):
    field: str = ""


class _Detail(BaseModel):
    code: str = Field("", alias="errorCode")
    violations: list[_Violation] = Field(default_factory=list, alias="fieldViolations")


class _Fault(BaseModel):
    message: str = ""
    status: str = ""
    details: list[_Detail] = Field(default_factory=list)

    @property
    def code(self) -> str:
        """FCM's own code, or Google's general one."""
        found = next((detail.code for detail in self.details if detail.code), self.status)
        return found if _CODE.fullmatch(found) else ""

    @property
    def is_about_the_token(self) -> bool:
        """True if the device's token is what is wrong with the message.

        A fault in some field is told by the field. One of the token has, mostly, no more than a sentence.
        """
        fields = [violation.field for detail in self.details for violation in detail.violations]
        return "message.token" in fields if fields else bool(_ABOUT_THE_TOKEN.search(self.message))


class _FaultAnswer(BaseModel):
    error: _Fault


def _fault_of(answer: Answer) -> _Fault:
    try:
        return _FaultAnswer.model_validate_json(answer.body).error
    except ValidationError:
        return _Fault()


def _is_bad_token(answer: Answer) -> bool:
    """True if it is our token that is not accepted, rather than the one FCM shows to Apple."""
    is_unauthorized = answer.status == httpx.codes.UNAUTHORIZED
    return is_unauthorized and _fault_of(answer).code != "THIRD_PARTY_AUTH_ERROR"


def _outcome(answer: Answer) -> Outcome:
    if answer.is_success:
        return Outcome(Verdict.SENT)
    fault = _fault_of(answer)
    reason = f"{answer.status} {fault.code}".strip()
    if _says_gone(answer, fault):
        return Outcome(Verdict.GONE, reason)
    if _says_never(answer):
        return Outcome(Verdict.REFUSED, reason)
    raise FcmAway(f"It answered {answer.status}.", retry_after_s=_pause_s(answer))


def _says_gone(answer: Answer, fault: _Fault) -> bool:
    if answer.status == httpx.codes.NOT_FOUND:
        return fault.code == "UNREGISTERED"
    is_invalid = answer.status == httpx.codes.BAD_REQUEST and fault.code == "INVALID_ARGUMENT"
    return is_invalid and fault.is_about_the_token


def _says_never(answer: Answer) -> bool:
    if answer.status in _NOT_NOW:
        return answer.status == httpx.codes.UNAUTHORIZED and not _is_bad_token(answer)
    return httpx.codes.is_client_error(answer.status)


def _pause_s(answer: Answer) -> int:
    is_too_many = answer.status == httpx.codes.TOO_MANY_REQUESTS
    usual = PAUSE_AFTER_TOO_MANY_S if is_too_many else 1
    return min(usual if answer.retry_after_s is None else answer.retry_after_s, LONGEST_PAUSE_S)
