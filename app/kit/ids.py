"""What names look like on the wire."""

import re
from typing import Annotated

from pydantic import StringConstraints

OBJECT_ID_PATTERN = r"^[0-9a-f]{24}$"
#: Positive, and small enough for every number that JavaScript or Redis may make of it.
USER_ID_PATTERN = r"^[1-9][0-9]{0,14}$"
LEADERBOARD_ID_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}$"

#: An account or a guild: 24 lower-case hexadecimal characters.
AccountId = Annotated[str, StringConstraints(strict=True, pattern=OBJECT_ID_PATTERN)]
GuildId = Annotated[str, StringConstraints(strict=True, pattern=OBJECT_ID_PATTERN)]
ObjectIdText = Annotated[str, StringConstraints(strict=True, pattern=OBJECT_ID_PATTERN)]

#: Never a comma: rankings take several ids separated by one.
LeaderboardId = Annotated[str, StringConstraints(strict=True, pattern=LEADERBOARD_ID_PATTERN)]

_USER_ID = re.compile(r"[1-9][0-9]{0,14}", re.ASCII)
_OBJECT_ID = re.compile(r"[0-9a-f]{24}", re.ASCII)
_LEADERBOARD_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}", re.ASCII)


def is_object_id(text: object) -> bool:
    """True for 24 lower-case hexadecimal characters."""
    return isinstance(text, str) and _OBJECT_ID.fullmatch(text) is not None


def is_user_id(text: object) -> bool:
    """True for a positive whole number as XP routes name users by."""
    return isinstance(text, str) and _USER_ID.fullmatch(text) is not None


def is_leaderboard_id(text: object) -> bool:
    """True for a name a leaderboard may have."""
    return isinstance(text, str) and _LEADERBOARD_ID.fullmatch(text) is not None
