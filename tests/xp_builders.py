"""XP as it is stored, with valid defaults."""

from typing import Any

from game_world import Json, Store

from app.kit.clock import utc_now


def stored_photo(store: Store, photo_id: int = 1, **fields: Any) -> Json:
    """A photo that counts nothing yet, stored."""
    now = utc_now()
    photo: Json = {
        "_id": photo_id,
        "version": 1,
        "user_id": 1,
        "team_id": None,
        "is_school": False,
        "is_approved": False,
        "is_deleted": False,
        "created_at": now.replace(microsecond=0),
        "place": [5, None, None],
        "fingerprint": None,
        "tagged": [0] * 7,
        "counted": None,
        "coin": None,
    }
    photo |= fields
    store["xp_photos"].insert_one(photo)
    return photo


def stored_user(store: Store, user_id: int = 1, **fields: Any) -> Json:
    """A user of whom nothing is to be seen, stored."""
    user: Json = {
        "_id": user_id,
        "name": f"User {user_id}",
        "username": f"user{user_id}",
        "show_name": False,
        "show_username": False,
        "public_profile": False,
        "global_flag": None,
        "social": None,
        "active_team": None,
    }
    user |= fields
    store["xp_users"].insert_one(user)
    return user
