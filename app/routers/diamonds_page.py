"""What the page shows of a session's diamonds before any script has run: the values of `diamonds.html`."""

import asyncio
from collections.abc import Iterator, Mapping
from typing import Any

from app.earnings.rules.lines import shown
from app.kit.clock import to_millis
from app.kit.ids import is_object_id
from app.kit.paging import Page
from app.livestream.errors import UnknownSession
from app.livestream.live import read_live
from app.livestream.session_reading import read_session, window_of
from app.livestream.users import read_usernames
from app.routers.livestream_views import live_session_view
from app.routers.session_leaderboards import leaderboard_of
from app.routers.visitors import Asked

Json = dict[str, Any]

MOST_SESSIONS = 100
LINES = 50
#: All that was given, as far back as a leaderboard reaches.
DAYS = 30
CATEGORY = "all"

NOTHING_KNOWN: Mapping[str, Any] = {
    "account": "",
    "sessions": [],
    "chosen": "",
    "lines": [],
    "total": 0,
    "place": None,
    "started": None,
    "now": 0,
    "empty": "Nobody is live at the moment.",
}


def without_board(_: Asked) -> Json:
    """The values while nothing can be read."""
    return dict(NOTHING_KNOWN)


async def read_board(asked: Asked) -> Json:
    """Who has given most in a session: the one that is wanted, else the first of those that are live."""
    resources, account_id, now = asked.resources, asked.subject, asked.now
    excluded = resources.livestream.feeds.excluded_tags
    live = await read_live(excluded_tags=excluded, skip=0, limit=MOST_SESSIONS)
    sessions = [live_session_view(session) for session in live.sessions]
    wanted = asked.query.get("session")
    chosen = wanted if is_object_id(wanted) else next((one["id"] for one in sessions), None)
    if chosen is None:
        return {**NOTHING_KNOWN, "state": "empty"}
    known = {**NOTHING_KNOWN, "account": account_id, "sessions": sessions, "chosen": chosen}
    try:
        session = await read_session(chosen)
    except UnknownSession:
        return {**known, "empty": "There is no such livestream.", "state": "empty"}
    window = window_of(session)
    board = leaderboard_of(chosen, window, days=DAYS, category=CATEGORY)
    (found, _), (own, _) = await asyncio.gather(
        resources.earnings.leaderboards.page(board, Page(1, LINES), now=now),
        resources.earnings.leaderboards.place(board, account_id, now=now),
    )
    lines = [shown(line) for line in found.lines]
    names = await read_usernames([*(line["id"] for line in lines), str(session["user"])])
    streamer = names.get(str(session["user"]), "this streamer")
    return {
        **known,
        "sessions": _with(chosen, streamer, session, sessions),
        "lines": list(_ranked(lines, account_id, names)),
        "total": found.total,
        "place": own.rank,
        "started": None if window.started_at is None else to_millis(window.started_at),
        "now": to_millis(now),
        "empty": f"Nobody has given {streamer} diamonds yet.",
        "state": "ready" if lines else "empty",
    }


def _with(chosen: str, streamer: str, session: Mapping[str, Any], sessions: list[Json]) -> list[Json]:
    """The sessions to choose from, with the chosen one even if it is over."""
    if any(one["id"] == chosen for one in sessions):
        return sessions
    return [{"id": chosen, "username": streamer, "title": session["title"]}, *sessions]


def _ranked(lines: list[Json], account_id: str, names: Mapping[str, str]) -> Iterator[Json]:
    """Lines with rank and name, as `diamonds.js` has them: equal totals share a rank."""
    rank = 0
    for place, line in enumerate(lines, 1):
        if place == 1 or line["total"] < lines[place - 2]["total"]:
            rank = place
        name = names.get(line["id"], f"Player {line['id'][-6:]}")
        yield {**line, "rank": rank, "name": name, "is_own": line["id"] == account_id}
