"""What the page shows of a game leaderboard before any script has run: the values of `game.html`."""

from collections.abc import Iterator, Mapping
from typing import Any

from app.game.errors import LeaderboardNotStarted, UnknownEnrollment, UnknownLeaderboard
from app.game.zones import list_started, read_zones
from app.kit.ids import is_leaderboard_id
from app.livestream.users import read_usernames
from app.routers.visitors import Asked
from app.routers.zone_views import Json, standing_view

MOST_NAMES = 200
ZONES = {"up": "Promotion zone", "stay": "Safe", "down": "Demotion zone"}

NOTHING_KNOWN: Mapping[str, Any] = {
    "account": "",
    "choices": [],
    "chosen": "",
    "standing": None,
    "rows": [],
    "empty": "There is no leaderboard that takes scores yet.",
}


def without_board(_: Asked) -> Json:
    """The values while nothing can be read."""
    return dict(NOTHING_KNOWN)


async def read_board(asked: Asked) -> Json:
    """The shard of a player on a leaderboard: the one that is wanted, else the first there is."""
    account_id, now = asked.subject, asked.now
    listed = await list_started(now)
    if not listed:
        return {**NOTHING_KNOWN, "state": "empty"}
    wanted = asked.query.get("leaderboardId", "")
    chosen = wanted if is_leaderboard_id(wanted) else listed[0]["_id"]
    shown = {
        **NOTHING_KNOWN,
        "account": account_id,
        "choices": [(row["_id"], row["title"]) for row in listed],
        "chosen": chosen,
        "empty": "You take no part in this leaderboard.",
    }
    try:
        standing = standing_view(await read_zones(asked.resources.game.rankings, account_id, chosen), now)
    except (UnknownLeaderboard, UnknownEnrollment, LeaderboardNotStarted):
        return {**shown, "state": "empty"}
    names = await read_usernames([line["accountId"] for line in standing["lines"][:MOST_NAMES]])
    rows = list(_rows(standing, account_id, names))
    return {**shown, "standing": standing, "rows": rows, "state": "ready"}


def _rows(standing: Json, account_id: str, names: Mapping[str, str]) -> Iterator[Json]:
    """Lines, with a heading where a zone begins and a gap where lines are left out, as `game.js` has them."""
    has_zones = standing["promoteThrough"] is not None or standing["demoteFrom"] is not None
    zone = None
    for place, line in enumerate(standing["lines"]):
        if place == standing["gapAfter"]:
            yield {"key": "gap", "zone": None, "text": "···"}
        if has_zones and line["zone"] != zone:
            zone = line["zone"]
            yield {"key": f"zone-{zone}", "zone": zone, "text": ZONES[zone]}
        line_id = line["accountId"]
        name = names.get(line_id, f"Player {line_id[-6:]}")
        yield {"line": {**line, "name": name, "is_own": line_id == account_id}}
