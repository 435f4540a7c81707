"""What followers are told."""

from typing import Any

#: FCM takes 4 KiB in all.
LONGEST_NAME = 100
LONGEST_TITLE = 200
NAMELESS = "Somebody you follow"


def online(*, session_id: str, streamer_id: str, username: str, title: str | None) -> dict[str, Any]:
    """The push message that a streamer is live now."""
    return {
        "title": f"{username[:LONGEST_NAME] or NAMELESS} is live",
        "body": (title or "")[:LONGEST_TITLE] or "Watch now",
        "data": {"type": "livestream.online", "session_id": session_id, "streamer_id": streamer_id},
    }
