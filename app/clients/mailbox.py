"""The mailbox service: what a player has won, as messages to collect."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import httpx
import orjson

from app.clients.transport import Answer, send
from app.kit.errors import Unavailable

SEND_BULK = "/mail/admin/messages/send/bulk"

_DUPLICATE = re.compile(rb"duplicate", re.IGNORECASE)
#: Some services answer 409 also while the first request of that key is under way; it may yet fail.
_UNDECIDED = re.compile(rb"running|progress|processing|outstanding", re.IGNORECASE)


class MailboxAway(Unavailable):
    """The mailbox service did not take the messages."""

    slug = "mailbox-service-unavailable"

    @property
    def reason(self) -> str:
        """What happened, in a few words that are never the other side's own."""
        return type(self.__cause__).__name__ if self.__cause__ else self.detail


class MailboxClient:
    """Hands messages to the mailbox service."""

    def __init__(
        self,
        base_url: str | None,
        http: httpx.AsyncClient,
        service_token: Callable[[], str | None],
    ) -> None:
        self._base_url = base_url
        self._http = http
        self._service_token = service_token

    @property
    def is_configured(self) -> bool:
        """True if there is a mailbox service to send to."""
        return self._base_url is not None

    async def send(self, account_id: str, messages: Sequence[Mapping[str, Any]], *, key: str) -> None:
        """Return once the player's mailbox has these messages; MailboxAway when that is not certain.

        Sending the same messages under the same key again is how to find out.
        """
        if self._base_url is None:
            raise MailboxAway("No mailbox service is configured.")
        token = self._service_token()
        if token is None:
            raise MailboxAway("No token for the mailbox service is configured.")
        body = orjson.dumps({"accountIds": [account_id], "messages": messages})
        answer = await send(
            self._http, self._base_url + SEND_BULK, token=token, away=MailboxAway, key=key, body=body
        )
        if not (answer.is_success or _has_it_already(answer)):
            raise MailboxAway(f"It answered {answer.status}.")


def _has_it_already(answer: Answer) -> bool:
    if answer.status == httpx.codes.CONFLICT:
        return not _UNDECIDED.search(answer.body)
    return httpx.codes.is_client_error(answer.status) and _DUPLICATE.search(answer.body) is not None
