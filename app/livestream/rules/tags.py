"""What a session takes from its streamer's tags."""

from collections.abc import Iterable

COUNTRY = "country:"
HASHTAG = "hashtag:"
NEWCOMER = "badge:new"
NAME = "badge:livestream_"
DEVICE = "device:"


def session_tags(user_tags: Iterable[str], *, devices: Iterable[str] = ()) -> list[str]:
    """The tags of a new session: countries, hashtags and newcomer's badge of its streamer, and devices."""
    inherited = [tag for tag in user_tags if tag.startswith((COUNTRY, HASHTAG)) or tag == NEWCOMER]
    return [*inherited, *(f"{DEVICE}{device}" for device in devices)]


def session_name(user_tags: Iterable[str]) -> str | None:
    """What a streamer's sessions are called: the first badge that names them."""
    return next((tag for tag in user_tags if tag.startswith(NAME)), None)
