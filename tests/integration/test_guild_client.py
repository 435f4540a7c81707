"""The guild client against a server on a real socket, which answers what a test tells it to."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest

from app.clients import transport
from app.clients.guild import GuildAway, GuildClient
from app.clients.transport import open_http

GUILD = "0000000000000000000000f1"
ANN = "00000000000000000000000a"
BOB = "00000000000000000000000b"


def http_answer(status: int, body: bytes, *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(body)}", "Connection: close", *headers]
    return "\r\n".join([*lines, "", ""]).encode() + body


def guild_answer(*members: tuple[str, int], guild_id: str = GUILD) -> bytes:
    listed = [{"accountId": account, "rank": rank} for account, rank in members]
    return http_answer(
        200, json.dumps({"guild": {"id": guild_id, "name": "Owls", "members": listed}}).encode()
    )


class Listener:
    """Answers every request with the same bytes, then holds the connection open if told to."""

    def __init__(self, answer: bytes, *, holds: bool = False) -> None:
        self.answer = answer
        self.holds = holds
        self.heard = b""
        self.answered = 0
        self.at_work: set[asyncio.Task[None] | None] = set()

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.at_work.add(asyncio.current_task())
        try:
            self.heard = await reader.readuntil(b"\r\n\r\n")
            self.answered += 1
            writer.write(self.answer)
            if self.holds:
                await reader.read()
        finally:
            writer.close()

    async def finished(self) -> None:
        await asyncio.gather(*(task for task in self.at_work if task), return_exceptions=True)


@asynccontextmanager
async def asking(listener: Listener) -> AsyncIterator[GuildClient]:
    server = await asyncio.start_server(listener, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server:
        async with open_http() as http:
            yield GuildClient(f"http://127.0.0.1:{port}", http, lambda: "service-token")
        await listener.finished()


async def membership_told_by(answer: bytes) -> bool:
    async with asking(Listener(answer)) as guilds:
        return await guilds.membership("player-token", ANN, GUILD)


async def roster_told_by(answer: bytes) -> frozenset[str] | None:
    async with asking(Listener(answer)) as guilds:
        return await guilds.roster(GUILD)


async def test_a_member_of_the_same_guild_is_a_member() -> None:
    assert await membership_told_by(guild_answer((BOB, 3), (ANN, 1)))


async def test_an_applicant_is_not_a_member() -> None:
    assert not await membership_told_by(guild_answer((ANN, 0)))


async def test_a_member_of_another_guild_is_not_a_member() -> None:
    assert not await membership_told_by(guild_answer((ANN, 1), guild_id="0000000000000000000000f2"))


async def test_a_player_without_a_guild_is_not_a_member() -> None:
    assert not await membership_told_by(http_answer(200, b'{"guild": null}'))


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410])
async def test_a_refusal_means_not_a_member(status: int) -> None:
    assert not await membership_told_by(http_answer(status, b"{}"))


@pytest.mark.parametrize(
    "answer",
    [
        http_answer(500, b""),
        http_answer(503, b""),
        http_answer(429, b""),
        http_answer(302, b"", "Location: http://127.0.0.1:1/"),
        http_answer(200, b""),
        http_answer(200, b"<html>"),
        http_answer(200, b"{}"),
        http_answer(200, b'{"guild": {"id": 1, "members": []}}'),
        http_answer(200, b'{"guild": {"id": "x", "members": [{"accountId": "x", "rank": "1"}]}}'),
        http_answer(200, b'{"guild": null}' + b" " * (64 * 1024)),
        http_answer(200, b'{"guild": null}')[:-1],
        b"nonsense\r\n\r\n",
        b"",
    ],
)
async def test_what_is_no_usable_answer_is_an_absence(answer: bytes) -> None:
    with pytest.raises(GuildAway):
        await membership_told_by(answer)


async def test_an_endless_answer_is_left_after_the_cap() -> None:
    endless = b"HTTP/1.1 200 OK\r\n\r\n" + b" " * (65 * 1024)

    async with asking(Listener(endless, holds=True)) as guilds:
        with pytest.raises(GuildAway):
            await asyncio.wait_for(guilds.membership("player-token", ANN, GUILD), 1)


async def test_a_silent_service_is_given_up_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "ANSWER_WITHIN_S", 0.2)

    async with asking(Listener(b"", holds=True)) as guilds:
        with pytest.raises(GuildAway):
            await guilds.membership("player-token", ANN, GUILD)


async def test_a_service_nobody_runs_is_away() -> None:
    async with open_http() as http:
        with pytest.raises(GuildAway):
            await GuildClient("http://127.0.0.1:1", http, lambda: None).membership("player-token", ANN, GUILD)


async def test_without_a_configured_service_it_is_away() -> None:
    async with httpx.AsyncClient() as http:
        with pytest.raises(GuildAway):
            await GuildClient(None, http, lambda: None).membership("player-token", ANN, GUILD)


async def test_membership_is_asked_with_the_players_own_token() -> None:
    listener = Listener(guild_answer((ANN, 1)))

    async with asking(listener) as guilds:
        await guilds.membership("player-token", ANN, GUILD)

    assert b"GET /guild HTTP/1.1" in listener.heard
    assert b"authorization: bearer player-token" in listener.heard.lower()


async def test_a_roster_is_asked_with_the_service_token() -> None:
    listener = Listener(guild_answer((ANN, 1)))

    async with asking(listener) as guilds:
        await guilds.roster(GUILD)

    assert f"GET /guild/admin?guildId={GUILD} ".encode() in listener.heard
    assert b"authorization: bearer service-token" in listener.heard.lower()


async def test_a_roster_leaves_applicants_out() -> None:
    assert await roster_told_by(guild_answer((ANN, 2), (BOB, 0))) == frozenset({ANN})


async def test_a_guild_that_is_not_found_was_disbanded() -> None:
    assert await roster_told_by(http_answer(404, b"")) is None


@pytest.mark.parametrize("status", [400, 401, 403, 500])
async def test_any_other_refusal_of_a_roster_is_no_disbandment(status: int) -> None:
    with pytest.raises(GuildAway):
        await roster_told_by(http_answer(status, b""))


async def test_the_roster_of_another_guild_is_no_answer() -> None:
    with pytest.raises(GuildAway):
        await roster_told_by(guild_answer((ANN, 1), guild_id="0000000000000000000000f2"))


async def test_without_a_service_token_there_is_no_roster() -> None:
    async with open_http() as http:
        with pytest.raises(GuildAway):
            await GuildClient("http://127.0.0.1:1", http, lambda: None).roster(GUILD)


async def test_those_who_ask_for_a_roster_together_share_one_answer() -> None:
    listener = Listener(guild_answer((ANN, 1)))

    async with asking(listener) as guilds:
        await asyncio.gather(*(guilds.roster(GUILD) for _ in range(20)))

    assert listener.answered == 1


async def test_a_roster_is_asked_again_each_time() -> None:
    listener = Listener(guild_answer((ANN, 1)))

    async with asking(listener) as guilds:
        await guilds.roster(GUILD)
        await guilds.roster(GUILD)

    assert listener.answered == 2
