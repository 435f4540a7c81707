"""The people whom the pages under test show."""

import asyncio
from collections.abc import Awaitable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import httpx
from conftest import HeadersBuilder
from definition_builders import a_definition, a_tier_rule
from game_world import Json, account

ME = "1"
PLAYER = account(1)
USERS = 250
AT_ONCE = 12
IRELAND, PORTUGAL, DUTCH, NOWHERE = 105, 177, 155, 240
CORK_STATE, CORK_CITY = 42, 789

LEAGUE, OPEN_BOARD = "league", "everybody"
SHARD = 30
CROWD = 230

_FIRST = (
    "Aoife",
    "Bruno",
    "Clara",
    "Dermot",
    "Elif",
    "Femi",
    "Greta",
    "Hana",
    "Ines",
    "Jonas",
    "Kateryna",
    "Liam",
    "Mariana",
    "Niamh",
    "Oskar",
    "Priya",
    "Quentin",
    "Rosa",
    "Saoirse",
    "Tomás",
    "Uma",
    "Vera",
    "Wouter",
    "Ximena",
    "Yara",
)
_LAST = ("Byrne", "Costa", "de Vries", "Doyle", "Ferreira", "Jansen", "Kelly", "Murphy", "Silva", "Walsh")
_COUNTRIES = ((IRELAND, "ie"), (PORTUGAL, "pt"), (DUTCH, "nl"))
_TEAMS = {1: "Cork Cleanup Crew", 2: "Praia Limpa", 3: "Grachten Heroes"}


def name_of(number: int) -> str:
    """What a person is called."""
    return f"{_FIRST[number % len(_FIRST)]} {_LAST[number * 7 % len(_LAST)]}"


@dataclass(frozen=True)
class PageWorld:
    """The service over HTTP, and what is brought into it."""

    http: httpx.AsyncClient
    player: HeadersBuilder
    admin: HeadersBuilder
    service: HeadersBuilder

    async def fill(self) -> None:
        """Everybody and everything; done once."""
        await self._places()
        await _in_turns(self._contributor(number) for number in range(1, USERS + 1))
        await self._players()
        await self._streamers()

    async def upload(self, photo_id: int, user_id: int, xp: int, **facts: object) -> None:
        """A photo that is worth so much XP, 5 or more."""
        body = {"photo_id": photo_id, "user_id": user_id, "country_id": IRELAND, **facts}
        await self.send("POST", "/api/photos", body)
        if xp > len("photo"):
            await self.send(
                "PUT", f"/api/photos/{photo_id}/tags", {"tags": [{"object": "can", "quantity": xp - 5}]}
            )

    async def send(self, method: str, path: str, body: object, headers: dict[str, str] | None = None) -> Json:
        """A request of another service, or of whoever the headers name; asserted to have worked."""
        answer = await self.http.request(method, path, json=body, headers=headers or self.service())
        assert answer.is_success, answer.text
        return dict(answer.json()) if answer.content else {}

    async def _places(self) -> None:
        names = {IRELAND: "Ireland", PORTUGAL: "Portugal", DUTCH: "Netherlands", NOWHERE: "Andorra"}
        for location_id, name in names.items():
            await self.send("PUT", f"/api/locations/country/{location_id}", {"name": name})
        await self.send(
            "PUT", f"/api/locations/state/{CORK_STATE}", {"name": "County Cork", "parent": IRELAND}
        )
        await self.send("PUT", f"/api/locations/city/{CORK_CITY}", {"name": "Cork", "parent": CORK_STATE})
        for team_id, name in _TEAMS.items():
            await self.send("PUT", f"/api/teams/{team_id}", {"name": name, "kind": "community"})

    async def _contributor(self, number: int) -> None:
        """User 1, whom the browser is signed in as, has rank 5; the others follow their numbers."""
        country, flag = _COUNTRIES[number % len(_COUNTRIES)]
        await self.send("PUT", f"/api/users/{number}", _profile(number, flag))
        if number % 3 == 0:
            member = {"show_name_leaderboards": True, "show_username_leaderboards": True}
            await self.send("PUT", f"/api/teams/{1 + number % 9 // 3}/members/{number}", member)
        place: Json = {"country_id": country}
        if number % 12 == 0:
            place = {"country_id": IRELAND, "state_id": CORK_STATE, "city_id": CORK_CITY}
        await self.upload(number, number, _xp(number), created_at=_taken(number), **place)

    async def _players(self) -> None:
        rules = [
            a_tier_rule(tier, playersPerShard=SHARD, promotionRank=5, demotionRank=25 if tier else 0)
            for tier in range(3)
        ]
        league = a_definition(leaderboardId=LEAGUE, title="Weekend league", tierCount=3, tierRules=rules)
        everybody = a_definition(
            leaderboardId=OPEN_BOARD, title="Everybody", tierCount=1, tierRules=[a_tier_rule(0)]
        )
        await self.send(
            "POST", "/leaderboard/admin/update", {"leaderboards": [league, everybody]}, self.admin()
        )
        entered = [_score(LEAGUE, number, 1) for number in range(1, SHARD + 1)]
        await self.send("PATCH", "/leaderboard/scores", {"scores": entered})
        for number in range(1, SHARD + 1):
            await self._player(number)
        crowd = [_score(OPEN_BOARD, number, 100 + number * 37 % 9_000) for number in range(1, CROWD)]
        await self.send("PATCH", "/leaderboard/scores", {"scores": crowd})

    async def _streamers(self) -> None:
        """Two who are live: Luc, to whom nobody gives, and Mei, who has player 1 in place 4."""
        await self.live(901, "Luc", "Along the canal")
        mei = await self.live(900, "Mei", "Evening songs")
        await self.give(mei, *((number, "gifts", 900 - _place(number, 4) * 70) for number in range(1, 11)))
        await self.give(mei, *((number, "chat", 11 + number) for number in range(2, 7)))
        await self.give(mei, (2, "karaoke", 120), (3, "exclusive", 45))

    async def live(self, number: int, username: str, title: str) -> Json:
        """A streamer's session that is shown."""
        told = {"username": username, "biography": "", "tags": []}
        await self.send("PUT", f"/users/{account(number)}", told)
        session = await self.send("POST", "/sessions", {"title": title}, self.player(account(number)))
        await self.send("POST", f"/sessions/{session['id']}/start", None)
        return session

    async def give(self, session: Json, *gifts: tuple[int, str, int]) -> None:
        """What viewers give in a session: who, in which category, how much."""
        events = [
            {
                "event_id": uuid4().hex,
                "streamer_id": session["user"],
                "session_id": session["id"],
                "viewer_id": account(number),
                "category": category,
                "diamonds": diamonds,
            }
            for number, category, diamonds in gifts
        ]
        await self.send("POST", "/earnings", {"events": events})

    async def _player(self, number: int) -> None:
        """Player 1 has rank 8 of the middle tier."""
        told = {"username": name_of(number).split()[0], "biography": "", "tags": []}
        await self.send("PUT", f"/users/{account(number)}", told)
        score = 4_000 - _place(number, 8) * 113
        move = {"accountId": account(number), "leaderboardId": LEAGUE, "tier": 1, "score": score}
        await self.send("PATCH", "/leaderboard/admin/enrollment", move, self.admin())


def _profile(number: int, flag: str) -> Json:
    username = name_of(number).split()[0].lower() + str(number)
    links = {"twitter": f"https://example.org/{username}", "instagram": f"https://example.com/{username}"}
    return {
        "name": name_of(number),
        "username": username,
        "show_name": number % 5 != 0,
        "show_username": number % 10 == 0,
        "public_profile": number % 2 == 0,
        "global_flag": flag if number % 7 else None,
        "social": links | ({"website": f"https://example.net/{username}"} if number % 4 == 0 else {})
        if number % 2 == 0
        else None,
        "active_team": 1 + number % 9 // 3 if number % 3 == 0 else None,
    }


def _xp(number: int) -> int:
    return 9_500 - _place(number, 5) * 37


def _place(number: int, of_first: int) -> int:
    """Everybody's place when number 1 is so many places down."""
    return of_first if number == 1 else number - 1 if number <= of_first else number


def _taken(number: int) -> str:
    """Most photos are old, some of last month and some of today."""
    now = datetime.now(UTC)
    last_month = now.replace(day=1) - timedelta(days=15)
    taken = now if number % 20 == 1 else last_month if number % 8 == 2 else now - timedelta(days=800)
    return taken.isoformat(timespec="seconds")


def _score(board: str, number: int, score: int) -> Json:
    return {"accountId": account(number), "leaderboardId": board, "score": score}


async def _in_turns(calls: Iterable[Awaitable[None]]) -> None:
    """All of them, some at the same time."""
    turn = asyncio.Semaphore(AT_ONCE)

    async def one(call: Awaitable[None]) -> None:
        async with turn:
            await call

    await asyncio.gather(*map(one, calls))
