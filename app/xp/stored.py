"""Photos and rewards as MongoDB has them, and back."""

from collections.abc import Mapping
from typing import Any

from app.xp.rules.boards import Counted
from app.xp.rules.counters import Counters
from app.xp.rules.photos import Photo
from app.xp.rules.places import Place
from app.xp.rules.windows import day_of, midnight

Row = Mapping[str, Any]


def photo_row(photo: Photo) -> dict[str, Any]:
    """A photo to be stored, but for its id and version."""
    return {
        "user_id": photo.user_id,
        "team_id": photo.team_id,
        "is_school": photo.is_school,
        "is_approved": photo.is_approved,
        "is_deleted": photo.is_deleted,
        "created_at": photo.created_at,
        "place": list(photo.place),
        "fingerprint": photo.fingerprint,
        "tagged": list(photo.tagged),
        "counted": None if photo.counted is None else counted_row(photo.counted),
    }


def read_photo(row: Row | None) -> Photo | None:
    """A stored photo."""
    if row is None:
        return None
    return Photo(
        photo_id=row["_id"],
        user_id=row["user_id"],
        place=Place(*row["place"]),
        created_at=row["created_at"],
        team_id=row["team_id"],
        is_school=row["is_school"],
        is_approved=row["is_approved"],
        is_deleted=row["is_deleted"],
        fingerprint=row["fingerprint"],
        tagged=Counters(*row["tagged"]),
        counted=read_counted(row["counted"]),
    )


def counted_row(counted: Counted) -> dict[str, Any]:
    """What has been counted, to be stored."""
    return {
        "user_id": counted.user_id,
        "place": list(counted.place),
        "day": midnight(counted.day),
        "amounts": list(counted.amounts),
    }


def read_counted(row: Row | None) -> Counted | None:
    """What has been counted, as stored."""
    if row is None:
        return None
    return Counted(row["user_id"], Place(*row["place"]), day_of(row["day"]), Counters(*row["amounts"]))
