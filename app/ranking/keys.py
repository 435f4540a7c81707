"""How a board lies in Redis. One hash tag per board, so a Redis Cluster keeps its keys together.

order   sorted set: minus the score, and as member the time and the account, so that ascending order is
        the ranking order
lines   hash: account -> "version:time", "version:" for a line that is absent, and two fields that no
        account can be called: the board's state and how many of its lines are present
claim   who is building the board; lapses when the builder dies

A board whose id brings a hash tag of its own, like `{c:105}:lb:xp`, lies with the other boards of that tag,
and its order has the id for a name.
"""

#: Hexadecimal milliseconds of this width reach the year 10889 and sort as text as they do as numbers.
TIME_DIGITS = 12
ABSENT = ""


def board_keys(board_id: str) -> tuple[str, str, str]:
    """The keys of a board, as its scripts take them."""
    if board_id.startswith("{"):
        return board_id, board_id + ":lines", board_id + ":claim"
    board = f"laurel:rank:{{{board_id}}}:"
    return board + "order", board + "lines", board + "claim"


def time_text(millis: int) -> str:
    """A time as a member begins with it."""
    return f"{millis:012x}"
