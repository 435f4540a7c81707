"""Everything the earnings domain refuses, by category."""

from app.kit.errors import Invalid


class UnfitEarnings(Invalid):
    """Some of these earnings name a session that is not known, or not this streamer's."""

    slug = "unfit-earnings"
