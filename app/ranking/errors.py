"""What the rank index refuses."""

from app.kit.errors import Unavailable


class RankIndexAway(Unavailable):
    """The rank index does not answer."""

    slug = "rank-index-unavailable"
