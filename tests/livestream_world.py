"""Driving livestreams over HTTP, and doing what a worker would."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx
from bson import ObjectId
from conftest import HeadersBuilder
from game_world import Json, Store, account

from app.kit.clock import utc_now
from app.livestream.follow_ups import FollowUps

STREAMER = 1
OTHER = 2
VIEWER = 7

#: What a session owes when it has been made active.
RECEIVERS_OF_STARTED = {
    "session.started/set_session_name",
    "session.started/generate_livestream_feed",
    "session.started/initialize_session_rating",
    "session.started/notify_viewers_livestream_online",
    "session.started/notify_followers_livestream_online",
    "session.started/notify_existing_show_goal",
    "session.started/invalidate_cached_pusher_channel_data",
    "session.started/cleanup_stale_stream_viewers",
}


@dataclass(frozen=True)
class Live:
    """The service over HTTP; what a test asks for is asserted to have worked, unless it says otherwise."""

    http: httpx.AsyncClient
    player: HeadersBuilder
    service: HeadersBuilder

    async def tell_user(self, number: int, *tags: str, biography: str = "") -> None:
        """Who a user is."""
        body = {"username": f"user-{number}", "biography": biography, "tags": list(tags)}
        await self.tell("PUT", f"users/{account(number)}", body)

    async def tell_source(self, number: int, name: str = "obs", **facts: Any) -> None:
        """How a source stands: `session_id`, `started`."""
        await self.tell("PUT", f"users/{account(number)}/sources/{name}", facts)

    async def tell_device(self, number: int, token: str, kind: str, *, online: bool = True) -> None:
        """What a user owns."""
        body = {"kind": kind, "online": online}
        await self.tell("PUT", f"users/{account(number)}/devices/{token}", body)

    async def tell(self, method: str, path: str, body: Json | None = None) -> None:
        """Something that another service says, and that has no answer."""
        answer = await self.http.request(method, f"/{path}", json=body, headers=self.service())
        assert answer.status_code == 204, answer.text

    async def post(self, number: int = STREAMER, **body: Any) -> httpx.Response:
        """A streamer asks for a session, whatever the answer."""
        return await self.http.post("/sessions", json=body, headers=self.player(account(number)))

    async def open(self, number: int = STREAMER, **body: Any) -> Json:
        """The streamer's active session."""
        answer = await self.post(number, **body)
        assert answer.status_code in {200, 201}, answer.text
        return dict(answer.json())

    async def change(self, session: Json, **body: Any) -> Json:
        """The session, changed."""
        return await self._session("PATCH", session, "", body)

    async def start(self, session: Json) -> Json:
        """The session, shown."""
        return await self._session("POST", session, "/start")

    async def end(self, session: Json) -> Json:
        """The session, over."""
        return await self._session("POST", session, "/end")

    async def read(self, session: Json) -> Json:
        """The session as any account sees it."""
        return await self._session("GET", session, "")

    async def watch(self, session: Json, viewer: int = VIEWER, kind: str = "sd") -> None:
        """A viewer's heartbeat."""
        await self.tell("PUT", f"sessions/{session['id']}/viewers/{account(viewer)}", {"kind": kind})

    async def open_and_end(self, number: int = STREAMER, *, rating: Mapping[str, Any] | None = None) -> Json:
        """A session that has been shown and is over, rated if a rating is given."""
        session = await self.open(number)
        await self.start(session)
        if rating is not None:
            await self.change(session, rating=rating)
        return await self.end(session)

    async def _session(self, method: str, session: Json, path: str, body: Json | None = None) -> Json:
        answer = await self.http.request(
            method, f"/sessions/{session['id']}{path}", json=body, headers=self.service()
        )
        assert answer.status_code == 200, answer.text
        return dict(answer.json())


async def work_off(follow_ups: FollowUps, *, now: datetime | None = None) -> None:
    """Do every follow-up that is due, as workers would; one that fails is due later."""
    while due := await follow_ups.due(now or utc_now()):
        for owed in due:
            await follow_ups.do(owed, now=now or utc_now())


def owed_by(store: Store, session_id: str | ObjectId) -> list[str]:
    """The names of what is still to follow from a session's signals."""
    found = store["sessions"].find_one({"_id": ObjectId(session_id)})
    assert found is not None
    return [follow_up["name"] for follow_up in found["follow_ups"]]


def a_session(number: int = STREAMER, **fields: Any) -> Json:
    """An active session as it is stored; `statuses__started` sets a part."""
    session: Json = {
        "_id": ObjectId(),
        "user": ObjectId(account(number)),
        "title": None,
        "active": True,
        "status": {"preset": "preview"},
        "statuses": {"created": utc_now()},
        "pricing": {"preview": 0, "sd": 0},
        "tags": [],
        "show_goal_pairs": [],
        "exclusive_goal_pairs": [],
        "rating": {"current_count": 0, "previous_count": 0},
        "metadata": {"viewer_count": 0},
        "follow_ups": [],
    }
    for path, value in fields.items():
        *parents, last = path.split("__")
        part = session
        for parent in parents:
            part = part[parent]
        part[last] = value
    return session


def stored_session(store: Store, number: int = STREAMER, **fields: Any) -> Json:
    """The same, stored."""
    session = a_session(number, **fields)
    store["sessions"].insert_one(session)
    return session


def ids_of(sessions: Sequence[Json]) -> set[str]:
    """Which sessions these are."""
    return {session["id"] for session in sessions}
