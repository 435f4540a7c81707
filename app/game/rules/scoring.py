"""What one score does to one entry. Pure: the clock is an argument."""

from typing import NamedTuple

from app.game.errors import ScoreOverflow

#: Every integer up to here is exact in a double, and so in Redis and in JavaScript.
HIGHEST_SCORE = 2**53 - 1


class LineState(NamedTuple):
    """The part of an entry that a score changes. `last_updated` is in unix milliseconds."""

    score: int
    version: int
    last_updated: int


def scored(state: LineState, *, delta: int, now_ms: int) -> LineState:
    """The entry after one more score: never below 0, one version on, strictly later than before.

    Raises ScoreOverflow when the sum passes 2^53 - 1; the entry then stays as it was.
    """
    return _next(state, score=state.score + delta, now_ms=now_ms)


def _next(state: LineState, *, score: int, now_ms: int) -> LineState:
    if score > HIGHEST_SCORE:
        raise ScoreOverflow
    return LineState(
        score=max(0, score),
        version=state.version + 1,
        last_updated=max(now_ms, state.last_updated + 1),
    )


def set_to(state: LineState, *, score: int, now_ms: int) -> LineState:
    """The entry after its score was set by an administrator."""
    return _next(state, score=score, now_ms=now_ms)
