"""What the XP domain refuses."""

from app.kit.errors import Conflict, Invalid, NotFound


class UnknownPhoto(NotFound):
    """There is no such photo, or no longer."""

    slug = "unknown-photo"


class UnknownTeam(Invalid):
    """There is no such team.

    A photo's team decides whether it scores at once, so it has to be known before the photo.
    """

    slug = "unknown-team"


class UnknownUser(NotFound):
    """Nothing has been told about this user."""

    slug = "unknown-user"


class UnknownLocation(NotFound):
    """Nothing has been told about this location."""

    slug = "unknown-location"


class PhotoDeleted(Conflict):
    """This photo was deleted; its id does not come back."""

    slug = "photo-deleted"


class PhotoOfAnother(Conflict):
    """This photo was uploaded for another user or team."""

    slug = "photo-of-another"
