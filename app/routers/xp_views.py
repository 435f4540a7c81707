"""What XP routes answer as plain JSON-ready dicts, the shapes of the XP schemas."""

from typing import Any
from weakref import WeakKeyDictionary

import orjson

from app.xp.locations import Location
from app.xp.rules.photos import Photo
from app.xp.standings import Lines, Page

Json = dict[str, Any]


#: Lines as JSON, for as long as anybody remembers the lines.
_RENDERED: WeakKeyDictionary[Lines, orjson.Fragment] = WeakKeyDictionary()


def page_json(page: Page) -> bytes:
    """A page of the leaderboard as JSON; lines that have been seen before are not spelled again."""
    users = _RENDERED.get(page.lines)
    if users is None:
        users = _RENDERED[page.lines] = orjson.Fragment(orjson.dumps(_users_view(page.lines)))
    return orjson.dumps(_page_view(page, users))


def page_view(page: Page) -> Json:
    """A page of the leaderboard."""
    return _page_view(page, _users_view(page.lines))


def _page_view(page: Page, users: object) -> Json:
    return {
        "success": True,
        "users": users,
        "hasNextPage": page.has_next,
        "total": page.total,
        "activeUsers": page.active_users,
        "totalUsers": page.lines.shown.accounts,
        "currentUserRank": page.rank,
    }


def _users_view(lines: Lines) -> list[Json]:
    cards = lines.shown.cards
    users = []
    for rank, (user_id, xp) in enumerate(lines.lines, lines.first_rank):
        card = cards[user_id]
        users.append(
            {
                "user_id": user_id,
                "public_profile": card.public_profile,
                "name": card.name,
                "username": card.username,
                "xp": xp,
                "global_flag": card.global_flag,
                "social": card.social,
                "team": card.team,
                "rank": rank,
            }
        )
    return users


def photo_view(photo: Photo) -> Json:
    """A photo, and what of it counts."""
    counted = photo.counted
    return {
        "photo_id": photo.photo_id,
        "user_id": photo.user_id,
        "team_id": photo.team_id,
        "country_id": photo.place.country_id,
        "state_id": photo.place.state_id,
        "city_id": photo.place.city_id,
        "created_at": photo.created_at,
        "is_school": photo.is_school,
        "is_approved": photo.is_approved,
        "is_deleted": photo.is_deleted,
        "xp": 0 if counted is None else counted.amounts.xp,
    }


def locations_view(locations: list[Location]) -> Json:
    """Locations by name."""
    return {
        "success": True,
        "locations": [{"id": one.location_id, "name": one.name, "flag": one.flag} for one in locations],
    }
