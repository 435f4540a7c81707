"""Access tokens of a Google service account, each used until shortly before it expires."""

import asyncio
import time
from urllib.parse import urlencode

import httpx
from google.auth import crypt, jwt
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from app.clients.transport import post
from app.kit.errors import Unavailable
from app.kit.service_account import ServiceAccount

GRANT_TYPE = "urn:ietf:params:oauth:grant-type:jwt-bearer"
ASSERTION_LIVES_S = 3600
#: A call may take seconds, and clocks differ.
RENEWED_BEFORE_EXPIRY_S = 60

_FORM = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"}


class _TokenAnswer(BaseModel):
    model_config = ConfigDict(strict=True)

    access_token: str = Field(min_length=1, pattern=r"^[\x21-\x7e]+$")
    expires_in: int


class GoogleTokens:
    """Asks for tokens with one scope. Whoever needs one while it is asked for shares the answer.

    Every method raises `away` when there is no token to be had.
    """

    def __init__(
        self, account: ServiceAccount, http: httpx.AsyncClient, *, scope: str, away: type[Unavailable]
    ) -> None:
        self._account = account
        self._http = http
        self._scope = scope
        self._away = away
        key = account.private_key.get_secret_value()
        self._signer = crypt.RSASigner.from_string(key, account.private_key_id)  # type: ignore[no-untyped-call]
        self._token: str | None = None
        self._good_until = 0.0
        self._asking: asyncio.Task[str] | None = None

    async def current(self) -> str:
        """A token that is good for a minute at least."""
        if self._token is not None and time.monotonic() < self._good_until:
            return self._token
        if self._asking is None:
            self._asking = asyncio.get_running_loop().create_task(self._ask())
            self._asking.add_done_callback(self._asked)
        return await asyncio.shield(self._asking)  # one who gives up does not take the token from others

    async def instead_of(self, rejected: str) -> str:
        """Another token than this one, which was not accepted."""
        if self._token == rejected:
            self._token = None
        return await self.current()

    async def _ask(self) -> str:
        fields = {"grant_type": GRANT_TYPE, "assertion": self._assertion()}
        asked_at = time.monotonic()
        body = urlencode(fields).encode()
        answer = await post(self._http, self._account.token_uri, headers=_FORM, away=self._away, body=body)
        if not answer.is_success:
            raise self._away(f"No access token: {answer.status}.")
        try:
            given = _TokenAnswer.model_validate_json(answer.body)
        except ValidationError as error:
            raise self._away from error
        self._token = given.access_token
        self._good_until = asked_at + given.expires_in - RENEWED_BEFORE_EXPIRY_S
        return self._token

    def _asked(self, asking: asyncio.Task[str]) -> None:
        self._asking = None
        if not asking.cancelled():
            asking.exception()  # those who waited have it; if nobody did, that is no error

    def _assertion(self) -> str:
        now = int(time.time())
        claims = {
            "iss": self._account.client_email,
            "scope": self._scope,
            "aud": self._account.token_uri,
            "iat": now,
            "exp": now + ASSERTION_LIVES_S,
        }
        return bytes(jwt.encode(self._signer, claims)).decode()  # type: ignore[no-untyped-call]
