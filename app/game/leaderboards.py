"""Leaderboards as they stand now, remembered for a moment by each process."""

import asyncio
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

from app.game.documents import CycleState, LeaderboardDocument
from app.game.errors import LeaderboardNotStarted, UnknownLeaderboard
from app.game.rules.definitions import Definition

#: How long a process may act on what it read. Nothing depends on it for being right: a write to a cycle
#: that has ended meets a sealed or missing entry and is placed again.
REMEMBERED_S = 1.0
#: The same from the instant at which the cycle was to end until the next one is open.
REMEMBERED_AT_THE_END_S = 0.05


@dataclass(frozen=True, slots=True)
class Leaderboard:
    """One leaderboard with its rules and its running cycle."""

    leaderboard_id: str
    definition: Definition
    rules_version: int
    cycle: int
    state: CycleState
    opened_at: datetime
    closes_at: datetime | None
    rollovers_remaining: int
    stale_at: float

    def require_started(self, now_ms: int) -> None:
        """Raise LeaderboardNotStarted before the start time."""
        if self.definition.start_time > now_ms:
            raise LeaderboardNotStarted


class Leaderboards:
    """Reads leaderboards by id; each is read at most once a second."""

    def __init__(self) -> None:
        self._known: dict[str, Leaderboard] = {}
        self._reading: dict[str, asyncio.Task[Leaderboard]] = {}
        self._forgot_at = 0.0

    async def get(self, leaderboard_id: str) -> Leaderboard:
        """The leaderboard, at most a second old. Raises UnknownLeaderboard."""
        known = self.remembered(leaderboard_id)
        if known is not None:
            return known
        reading = self._reading.get(leaderboard_id)
        if reading is None:
            reading = asyncio.get_running_loop().create_task(self._read(leaderboard_id))
            self._reading[leaderboard_id] = reading
            reading.add_done_callback(partial(self._was_read, leaderboard_id))
        return await asyncio.shield(reading)

    def _was_read(self, leaderboard_id: str, reading: asyncio.Task[Leaderboard]) -> None:
        if self._reading.get(leaderboard_id) is reading:
            del self._reading[leaderboard_id]

    def remembered(self, leaderboard_id: str) -> Leaderboard | None:
        """The leaderboard if it was read within the last second, or less when its cycle ends."""
        known = self._known.get(leaderboard_id)
        if known is not None and time.monotonic() < known.stale_at:
            return known
        return None

    def forget(self, leaderboard_id: str) -> None:
        """Read this leaderboard again at its next use."""
        # What is being read at this moment may be from before the change that the caller knows of.
        self._reading.pop(leaderboard_id, None)
        self._forgot_at = time.monotonic()
        known = self._known.get(leaderboard_id)
        if known is not None:
            # The parsed rules stay: they are known by their version, and parsing is the costly part.
            self._known[leaderboard_id] = replace(known, stale_at=0.0)

    async def _read(self, leaderboard_id: str) -> Leaderboard:
        read_at = time.monotonic()
        document = await LeaderboardDocument.get_motor_collection().find_one({"_id": leaderboard_id})
        if document is None or document["definition"] is None:
            self._known.pop(leaderboard_id, None)
            raise UnknownLeaderboard
        known = self._known.get(leaderboard_id)
        same_rules = known is not None and known.rules_version == document["rules_version"]
        leaderboard = _leaderboard(document, known.definition if known and same_rules else None, read_at)
        if read_at > self._forgot_at:
            self._known[leaderboard_id] = leaderboard
        return leaderboard


def _leaderboard(document: dict[str, Any], parsed: Definition | None, read_at: float) -> Leaderboard:
    cycle = document["cycle"]
    return Leaderboard(
        leaderboard_id=document["_id"],
        definition=parsed or Definition.model_validate(document["definition"]),
        rules_version=document["rules_version"],
        cycle=cycle["number"],
        state=CycleState(cycle["state"]),
        opened_at=cycle["opened_at"],
        closes_at=cycle["closes_at"],
        rollovers_remaining=cycle["rollovers_remaining"],
        stale_at=read_at + _lasts_s(cycle),
    )


def _lasts_s(cycle: dict[str, Any]) -> float:
    if cycle["state"] == CycleState.LOCKED:
        return REMEMBERED_AT_THE_END_S
    if cycle["closes_at"] is None:
        return REMEMBERED_S
    left_s: float = (cycle["closes_at"] - datetime.now(UTC)).total_seconds()
    return min(REMEMBERED_S, max(left_s, REMEMBERED_AT_THE_END_S))
