"""What administrators set of a running leaderboard without posting its whole definition: season and start."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.game import audit
from app.game.definitions import changes_between, remaining_under, store_rules
from app.game.documents import Cycle, CycleState, LeaderboardDocument
from app.game.errors import InvalidDefinition, RolloverRunning, UnknownLeaderboard
from app.game.leaderboards import Leaderboards
from app.game.rules.definitions import Definition, read_definition, to_wire
from app.game.rules.seasons import season_length
from app.game.transactions import Session, in_transaction
from app.kit.errors import Problem
from app.kit.periods import RolloverTimes, next_rollover

NOTHING_CHANGED = "Nothing was changed."


@dataclass(frozen=True, slots=True)
class Adjusted:
    """A leaderboard as a change left it."""

    definition: Definition
    cycle: Cycle
    rules_version: int


@dataclass(frozen=True, slots=True)
class SeasonChange:
    """How long seasons shall be, -1 for none, and how much of the present one is left; None: as it is."""

    leaderboard_id: str
    rollovers_in_season: int | None = None
    rollovers_remaining: int | None = None


#: The running cycle under new rules, from what it was, the old rules and the new.
Continue = Callable[[Cycle, Definition, Definition], Cycle]


class Adjustments:
    """Changes one thing at a time; one per process."""

    def __init__(self, leaderboards: Leaderboards, times: RolloverTimes) -> None:
        self._leaderboards = leaderboards
        self._times = times

    async def set_season(self, change: SeasonChange, *, actor: str, now: datetime) -> Adjusted:
        """Set the length of seasons, or what is left of the present one, or both.

        Raises UnknownLeaderboard, RolloverRunning, or InvalidDefinition if the rules do not allow it.
        """
        given = (
            {} if change.rollovers_in_season is None else {"rolloversInSeason": change.rollovers_in_season}
        )

        def continued(cycle: Cycle, old: Definition, new: Definition) -> Cycle:
            remaining = change.rollovers_remaining
            if remaining is None:
                remaining = remaining_under(new, old, cycle.rollovers_remaining)
            elif remaining > season_length(new):
                raise _refused([Problem("is more than a season has", pointer="/rolloversRemaining")])
            return cycle.model_copy(update={"rollovers_remaining": remaining})

        return await self._adjust(change.leaderboard_id, given, continued, "season.set", actor=actor, now=now)

    async def set_start(self, leaderboard_id: str, start_time: int, *, actor: str, now: datetime) -> Adjusted:
        """Set when a leaderboard starts. The running cycle opens at a start that is to come.

        With one that is past it goes on as it was, or opens now. Raises UnknownLeaderboard, RolloverRunning
        or InvalidDefinition.
        """

        def continued(cycle: Cycle, _: Definition, new: Definition) -> Cycle:
            return self._opening(cycle, new, now)

        given = {"startTime": start_time}
        return await self._adjust(leaderboard_id, given, continued, "start_time.set", actor=actor, now=now)

    def _opening(self, cycle: Cycle, new: Definition, now: datetime) -> Cycle:
        opened_at = min(cycle.opened_at, now)
        if new.starts_at is not None and new.starts_at > now:
            opened_at = new.starts_at
        if opened_at == cycle.opened_at:
            return cycle
        closes_at = next_rollover(new.rollover_type, after=opened_at, times=self._times, zone=new.zone)
        return cycle.model_copy(update={"opened_at": opened_at, "closes_at": closes_at})

    async def _adjust(  # what is changed, how, and who changes it
        self,
        leaderboard_id: str,
        given: dict[str, Any],
        continued: Continue,
        action: str,
        *,
        actor: str,
        now: datetime,
    ) -> Adjusted:
        async def act(session: Session) -> Adjusted:
            before = await _read_open(session, leaderboard_id)
            old = Definition.model_validate(before["definition"])
            new = _changed(old, given)
            cycle = continued(Cycle(**before["cycle"]), old, new)
            version = before["rules_version"] + (1 if given else 0)
            await store_rules(session, new, cycle, version=version, now=now)
            details = changes_between(old, new) | {"rolloversRemaining": cycle.rollovers_remaining}
            await audit.record(
                actor=actor,
                action=action,
                leaderboard_id=leaderboard_id,
                now=now,
                details=details,
                session=session,
            )
            return Adjusted(new, cycle, version)

        adjusted = await in_transaction(act)
        self._leaderboards.forget(leaderboard_id)
        return adjusted


async def _read_open(session: Session, leaderboard_id: str) -> dict[str, Any]:
    wanted = {"_id": leaderboard_id, "definition": {"$ne": None}}
    found: dict[str, Any] | None = await LeaderboardDocument.get_motor_collection().find_one(
        wanted, session=session
    )
    if found is None:
        raise UnknownLeaderboard
    if found["cycle"]["state"] == CycleState.LOCKED:
        raise RolloverRunning
    return found


def _changed(old: Definition, given: dict[str, Any]) -> Definition:
    """The rules with these fields instead, if they are still rules. Raises InvalidDefinition."""
    new, problems = read_definition(to_wire(old) | given)
    if new is None:
        raise _refused([_about_request(problem, given) for problem in problems])
    return new


def _about_request(problem: Problem, given: Mapping[str, Any]) -> Problem:
    """The problem at a place of the request: what is wrong elsewhere in the rules is wrong because of it."""
    pointer = problem.pointer or ""
    if pointer.removeprefix("/") in given:
        return problem
    (name,) = given
    return Problem(f"does not go with the rules: {pointer} {problem.detail}", pointer=f"/{name}")


def _refused(problems: Sequence[Problem]) -> InvalidDefinition:
    return InvalidDefinition(NOTHING_CHANGED, problems=problems)
