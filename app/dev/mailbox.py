"""A stand-in for the mailbox service: it takes messages, each once, and lets anybody read them."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import orjson
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from app.dev.demo import Signer
from app.dev.loopback import require_service

MOST_SHOWN = 50

Message = dict[str, Any]


class MailFile:
    """Everybody's mail, in a file of one delivery a line."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._keys: set[str] = set()
        self._ids: set[str] = set()
        self._mail: dict[str, list[Message]] = defaultdict(list)
        for key, messages in _deliveries_in(path):
            self._remember(key, messages)

    def deliver(self, key: str, messages: Sequence[Message]) -> int:
        """Keep what is not there yet, by key and by message id; returns how many messages that were."""
        new = [] if key in self._keys else [one for one in messages if one["id"] not in self._ids]
        if new:
            # A line cut short by a crash is left alone on its line.
            self._append(b"\n" + orjson.dumps({"key": key, "messages": new}))
            self._remember(key, new)
        return len(new)

    def newest(self, account_id: str) -> list[Message]:
        """A player's last messages, newest first."""
        return self._mail.get(account_id, [])[: -MOST_SHOWN - 1 : -1]

    def _append(self, line: bytes) -> None:
        with self._path.open("ab", buffering=0) as file:
            file.write(line)

    def _remember(self, key: str, messages: Sequence[Message]) -> None:
        self._keys.add(key)
        for message in messages:
            self._ids.add(message["id"])
            self._mail[message["accountId"]].append(message)


def mailbox_service(signer: Signer, path: Path) -> Starlette:
    """Takes messages from services and shows them to anybody; they are kept in that file."""
    mail = MailFile(path)

    async def send_bulk(request: Request) -> Response:
        """Messages into mailboxes."""
        require_service(request, signer)
        key = request.headers.get("idempotency-key", "")
        try:
            messages = orjson.loads(await request.body())["messages"]
            whole = [one for one in messages if one["id"] and one["accountId"]]
        except (ValueError, TypeError, KeyError) as error:
            raise HTTPException(400) from error
        new = mail.deliver(key, whole)
        return JSONResponse({"success": True, "sent": new, "duplicates": len(messages) - new})

    async def read_mail(request: Request) -> Response:
        """A player's mail."""
        return JSONResponse({"messages": mail.newest(request.query_params.get("accountId", ""))})

    return Starlette(
        routes=[
            Route("/mail/admin/messages/send/bulk", send_bulk, methods=["POST"]),
            Route("/mail", read_mail),
        ]
    )


def _deliveries_in(path: Path) -> Iterator[tuple[str, list[Message]]]:
    if not path.exists():
        return
    with path.open("rb") as file:
        for line in file:
            try:
                delivery = orjson.loads(line)
            except ValueError:
                continue  # the blank first line, or one that a crash cut short
            yield delivery["key"], delivery["messages"]
