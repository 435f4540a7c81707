"""A mailbox service on a real socket that fails as a test tells it to, and remembers every call."""

import asyncio
import json
from collections import Counter, defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from fakes import http_answer

from app.game.deliveries import GrantDeliveries

Json = dict[str, Any]


class Mood(StrEnum):
    """What becomes of a call. Only the last four keep the messages."""

    BROKEN = "500, nothing kept"
    REFUSING = "400, nothing kept"
    BUSY = "409, the first call is still running"
    ELSEWHERE = "302"
    CUT = "closed before anything is kept"
    NONSENSE = "no HTTP, nothing kept"
    ENDLESS = "200 and more than anybody reads"
    SILENT = "no answer, nothing kept"
    WELL = "200"
    WELL_THEN_CUT = "kept, closed without an answer"
    WELL_THEN_BROKEN = "kept, 500"
    WELL_THEN_SILENT = "kept, no answer"

    @property
    def keeps(self) -> bool:
        """True if the messages are in the mailbox afterwards."""
        return self in _KEEPING

    @property
    def answers(self) -> bool:
        """True if the caller is answered at all or cut off, rather than left waiting."""
        return self not in {Mood.SILENT, Mood.WELL_THEN_SILENT}


_KEEPING = {Mood.WELL, Mood.WELL_THEN_CUT, Mood.WELL_THEN_BROKEN, Mood.WELL_THEN_SILENT}
_ANSWERS = {
    Mood.BROKEN: http_answer(500, b"oops"),
    Mood.REFUSING: http_answer(400, b'{"error": "nonsense"}'),
    Mood.BUSY: http_answer(409, b'{"type": "/problems/request-still-running"}'),
    Mood.ELSEWHERE: http_answer(302, b"", "Location: http://127.0.0.1:1/"),
    Mood.NONSENSE: b"nonsense\r\n\r\n",
    Mood.ENDLESS: b"HTTP/1.1 200 X\r\n\r\n" + b" " * (65 * 1024),
    Mood.WELL: http_answer(200, b'{"success": true}'),
    Mood.WELL_THEN_BROKEN: http_answer(500, b"oops"),
}
DUPLICATE = http_answer(400, b'{"error": "E11000 Duplicate key"}')


@dataclass(frozen=True)
class Call:
    """One request."""

    path: str
    token: str
    key: str
    body: Json

    @property
    def ids(self) -> list[str]:
        """The ids of the messages."""
        return [message["id"] for message in self.body["messages"]]


@dataclass
class MailboxStandIn:
    """Moods to come are used up one a call; after them every call meets `mood`, or its account's own."""

    mood: Mood = Mood.WELL
    moods_to_come: list[Mood] = field(default_factory=list)
    moods_of: dict[str, Mood] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)
    kept: dict[str, Json] = field(default_factory=dict)
    answers: dict[Mood, bytes] = field(default_factory=lambda: dict(_ANSWERS))
    url: str = ""
    most_at_once: int = 0
    _at_once: int = 0
    _closing: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def mail(self) -> Counter[str]:
        """How often each message is in a mailbox, by its id."""
        return Counter(message["id"] for body in self.kept.values() for message in body["messages"])

    @property
    def bodies_by_key(self) -> dict[str, list[Json]]:
        """The different bodies that were sent under each key."""
        bodies: dict[str, list[Json]] = defaultdict(list)
        for call in self.calls:
            if call.body not in bodies[call.key]:
                bodies[call.key].append(call.body)
        return bodies

    async def called(self, times: int) -> None:
        """Return once so many calls have come, and been kept if they were to be."""
        async with asyncio.timeout(5):
            while len(self.calls) < times:  # noqa: ASYNC110 # nothing tells of a call
                await asyncio.sleep(0.002)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one request and close."""
        self._at_once += 1
        self.most_at_once = max(self.most_at_once, self._at_once)
        try:
            call = await _read_call(reader)
            mood = self._mood_for(call)
            answer = self._keep(call, mood)
            self.calls.append(call)
            if not mood.answers:
                await self._closing.wait()
            writer.write(answer)
        finally:
            self._at_once -= 1
            writer.close()

    def forget(self) -> None:
        """Be as new."""
        self.calls.clear()
        self.kept.clear()
        self.moods_of.clear()

    def let_go(self) -> None:
        """Close what was left waiting."""
        self.let_go_later().set()

    def let_go_later(self) -> asyncio.Event:
        """An event that closes what is waiting now, and nothing that comes later."""
        present, self._closing = self._closing, asyncio.Event()
        return present

    def _mood_for(self, call: Call) -> Mood:
        if self.moods_to_come:
            return self.moods_to_come.pop(0)
        return self.moods_of.get(call.body["accountIds"][0], self.mood)

    def _keep(self, call: Call, mood: Mood) -> bytes:
        if mood is Mood.WELL and call.key in self.kept:
            return DUPLICATE
        if mood.keeps:
            self.kept.setdefault(call.key, call.body)
        return self.answers.get(mood, b"")


@asynccontextmanager
async def serving_mailbox() -> AsyncIterator[MailboxStandIn]:
    """A mailbox service that nobody has sent anything to."""
    stand_in = MailboxStandIn()
    server = await asyncio.start_server(stand_in.serve, "127.0.0.1", 0)
    stand_in.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server:
        yield stand_in
        stand_in.let_go()


async def _read_call(reader: asyncio.StreamReader) -> Call:
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    request, *lines = head.splitlines()
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    body = json.loads(await reader.readexactly(int(headers["content-length"])))
    return Call(request.split()[1], headers["authorization"], headers["idempotency-key"], body)


async def killed_while_sending(
    deliveries: GrantDeliveries, mailbox: MailboxStandIn, now: datetime, *, calls: int = 1
) -> None:
    """Deliver, and die once the mailbox has been called so often and before it has answered."""
    before = len(mailbox.calls)
    sending = asyncio.create_task(deliveries.deliver_due(now))
    await mailbox.called(before + calls)
    sending.cancel()
    await asyncio.gather(sending, return_exceptions=True)
    mailbox.let_go()
