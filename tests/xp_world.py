"""Driving XP over HTTP."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import httpx
from conftest import HeadersBuilder
from game_world import Json

ME = 1


@dataclass(frozen=True)
class XpWorld:
    """The service over HTTP; what a test asks for is asserted to have worked, unless it says otherwise."""

    http: httpx.AsyncClient
    player: HeadersBuilder
    service: HeadersBuilder

    async def upload(self, photo_id: int, user_id: int = ME, country_id: int = 5, **facts: Any) -> Json:
        """A photo is uploaded."""
        body = {"photo_id": photo_id, "user_id": user_id, "country_id": country_id, **facts}
        return await self.act("POST", "photos", body)

    async def tag(self, photo_id: int, *tags: Json) -> Json:
        """A photo has exactly these tags."""
        return await self.act("PUT", f"photos/{photo_id}/tags", {"tags": list(tags)})

    async def approve(self, photo_id: int) -> Json:
        return await self.act("POST", f"photos/{photo_id}/approve")

    async def revoke(self, photo_id: int) -> Json:
        return await self.act("POST", f"photos/{photo_id}/revoke")

    async def delete(self, photo_id: int) -> Json:
        return await self.act("DELETE", f"photos/{photo_id}")

    async def act(self, method: str, path: str, body: Json | None = None) -> Json:
        """Something that another service says and that is answered."""
        answer = await self.send(method, path, body)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def tell(self, path: str, **facts: Any) -> None:
        """Something that another service says and that has no answer."""
        answer = await self.send("PUT", path, facts)
        assert answer.status_code == 204, answer.text

    async def send(self, method: str, path: str, body: Json | None = None) -> httpx.Response:
        """Something that another service says, whatever the answer."""
        return await self.http.request(method, f"/api/{path}", json=body, headers=self.service())

    async def give(self, user_id: int, xp: int, country_id: int = 5, *, first: int | None = None) -> None:
        """A user has so much XP, which is 5 or more, from one photo."""
        photo_id = first or 1_000_000 + user_id
        await self.upload(photo_id, user_id, country_id)
        await self.tag(photo_id, *things(xp - 5))

    async def board(self, user_id: int = ME, **query: Any) -> Json:
        """A page of the leaderboard as a user sees it."""
        answer = await self.look(user_id, **query)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def look(self, user_id: int = ME, **query: Any) -> httpx.Response:
        """The same, whatever the answer."""
        return await self.http.get("/api/leaderboard", params=query, headers=self.player(str(user_id)))

    async def xp_at(self, kind: str | None = None, location_id: int = 0, **query: Any) -> dict[int, int]:
        """XP by user on the first page of a board."""
        return xp_by_user(await self.board_at(kind, location_id, **query))

    async def board_at(self, kind: str | None = None, location_id: int = 0, **query: Any) -> Json:
        """The first page of a board of a location; without one, of the whole world."""
        if kind is not None:
            query |= {"locationType": kind, "locationId": location_id}
        return await self.board(**query)


def things(quantity: int) -> list[Json]:
    """Tags that are worth so much XP."""
    return [{"object": "bottle", "quantity": quantity}] if quantity else []


def xp_by_user(page: Json) -> dict[int, int]:
    """The XP of a page's users."""
    return {user["user_id"]: user["xp"] for user in page["users"]}


def ranks_by_user(page: Json) -> dict[int, int]:
    """The ranks of a page's users."""
    return {user["user_id"]: user["rank"] for user in page["users"]}


def ids_on(page: Json) -> Sequence[int]:
    """A page's users in order."""
    return [user["user_id"] for user in page["users"]]
