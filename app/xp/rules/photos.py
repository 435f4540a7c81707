"""What happens to a photo, and what of it counts. Pure: old state and change in, new state out."""

from dataclasses import dataclass, replace
from datetime import datetime

from app.xp.errors import PhotoDeleted, PhotoOfAnother, UnknownPhoto
from app.xp.rules.boards import Counted
from app.xp.rules.counters import NOTHING, Counters
from app.xp.rules.places import Place
from app.xp.rules.tags import UPLOAD
from app.xp.rules.windows import day_of


@dataclass(frozen=True, slots=True)
class Photo:
    """A photo as far as XP depends on it.

    `tagged` is what its tags count, `fingerprint` tells whether they are others. `counted` is what stands on
    boards at this moment; None if nothing does.
    """

    photo_id: int
    user_id: int
    place: Place
    created_at: datetime
    team_id: int | None = None
    is_school: bool = False
    is_approved: bool = False
    is_deleted: bool = False
    fingerprint: str | None = None
    tagged: Counters = NOTHING
    counted: Counted | None = None


@dataclass(frozen=True, slots=True)
class Upload:
    """What is told about a photo when it is uploaded; `created_at` is None if that is not said."""

    photo_id: int
    user_id: int
    place: Place
    team_id: int | None
    is_school: bool
    created_at: datetime | None


def uploaded(photo: Photo | None, upload: Upload, now: datetime) -> Photo:
    """A new photo; one that is known already is, if anything, at another place or of another time."""
    if photo is None:
        new = Photo(
            photo_id=upload.photo_id,
            user_id=upload.user_id,
            place=upload.place,
            created_at=upload.created_at or now,
            team_id=upload.team_id,
            is_school=upload.is_school,
        )
        return _counted(new)
    if photo.is_deleted:
        raise PhotoDeleted
    if (photo.user_id, photo.team_id) != (upload.user_id, upload.team_id):
        raise PhotoOfAnother
    created_at = upload.created_at or photo.created_at
    return _counted(replace(photo, place=upload.place, created_at=created_at))


def tagged(photo: Photo | None, fingerprint: str, amounts: Counters) -> Photo:
    """The photo with exactly these tags."""
    return _counted(replace(_known(photo), fingerprint=fingerprint, tagged=amounts))


def approved(photo: Photo | None) -> Photo:
    """The photo, verified."""
    return _counted(replace(_known(photo), is_approved=True))


def revoked(photo: Photo | None) -> Photo:
    """The photo, not verified."""
    return _counted(replace(_known(photo), is_approved=False))


def deleted(photo: Photo | None) -> Photo:
    """The photo's remains: its id does not come back."""
    if photo is None:
        raise UnknownPhoto
    return _counted(replace(photo, is_deleted=True))


def _known(photo: Photo | None) -> Photo:
    if photo is None or photo.is_deleted:
        raise UnknownPhoto
    return photo


def _counted(photo: Photo) -> Photo:
    """The photo with what is to stand on boards: nothing of one that is gone or waits for approval."""
    waits = photo.is_school and not photo.is_approved
    if photo.is_deleted or waits:
        return replace(photo, counted=None)
    amounts = UPLOAD.plus(photo.tagged)
    return replace(photo, counted=Counted(photo.user_id, photo.place, day_of(photo.created_at), amounts))
