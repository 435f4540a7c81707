"""The ledger of rollovers: begun once per cycle, leased to one worker at a time, finished whatever dies."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from pymongo import ReturnDocument

from app.game.documents import CycleState, LeaderboardDocument, new_id
from app.game.errors import LeaseLost, UnknownLeaderboard, UnknownRun
from app.game.leaderboards import Leaderboards
from app.game.ledgers import RunDocument, RunState, Step
from app.game.rules.definitions import Definition
from app.game.rules.seasons import ends_season
from app.game.transactions import Session, in_transaction
from app.kit.periods import is_due

Row = dict[str, Any]

LEASE_S = 15
MOST_ATTEMPTS = 10
FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 60.0
MOST_LISTED = 100
MOST_DUE = 20
AT_ONCE = datetime(1970, 1, 1, tzinfo=UTC)
#: Asked for by nobody: its time had come.
BY_THE_CLOCK = "clock"


@dataclass(frozen=True, slots=True)
class Run:
    """One rollover as the worker that holds its lease sees it."""

    run_id: str
    leaderboard_id: str
    cycle: int
    definition: Definition
    rules_version: int
    ends_season: bool
    started_at: datetime
    fence: int
    step: Step

    @classmethod
    def of_row(cls, row: Mapping[str, Any]) -> "Run":
        """As read from the ledger."""
        return cls(
            run_id=row["_id"],
            leaderboard_id=row["leaderboard_id"],
            cycle=row["cycle"],
            definition=Definition.model_validate(row["definition"]),
            rules_version=row["rules_version"],
            ends_season=row["ends_season"],
            started_at=row["started_at"],
            fence=row["fence"],
            step=Step(row["step"]),
        )


async def begin_run(leaderboards: Leaderboards, leaderboard_id: str, *, actor: str, now: datetime) -> Row:
    """End the running cycle: lock the leaderboard and put the run into the ledger, both or neither.

    The run that is going on is returned instead; one that is stuck may run again. Raises UnknownLeaderboard.
    """

    async def act(session: Session) -> Row:
        leaderboard = await _read_leaderboard(session, leaderboard_id)
        if leaderboard is None:
            raise UnknownLeaderboard
        await _try_again(session, leaderboard_id)
        return await _begin(session, leaderboard, actor=actor, now=now)

    row = await in_transaction(act)
    leaderboards.forget(leaderboard_id)
    return row


async def begin_due_run(leaderboards: Leaderboards, leaderboard_id: str, *, now: datetime) -> Row | None:
    """The same, if the running cycle was to end by now; None if somebody else has been first."""

    async def act(session: Session) -> Row | None:
        leaderboard = await _read_leaderboard(session, leaderboard_id)
        if leaderboard is None or not is_due(leaderboard["cycle"]["closes_at"], now):
            return None
        return await _begin(session, leaderboard, actor=BY_THE_CLOCK, now=now)

    row = await in_transaction(act)
    leaderboards.forget(leaderboard_id)
    return row


async def due_leaderboards(now: datetime) -> list[str]:
    """Leaderboards whose running cycle was to end by now and has not; the longest overdue, some at a time.

    Not all at once: what has begun is locked until its turn comes.
    """
    due = {"definition": {"$ne": None}, "cycle.state": CycleState.OPEN, "cycle.closes_at": {"$lte": now}}
    found = LeaderboardDocument.get_motor_collection().find(due, {"_id": 1})
    return [row["_id"] async for row in found.sort("cycle.closes_at", 1).limit(MOST_DUE)]


async def free_runs() -> list[str]:
    """The runs that any worker may take over now."""
    found = RunDocument.get_motor_collection().find(_free(), {"_id": 1}).sort("free_at", 1).limit(MOST_LISTED)
    return [row["_id"] async for row in found]


async def count_stuck() -> int:
    """How many runs wait for an administrator."""
    return int(await RunDocument.get_motor_collection().count_documents({"state": RunState.STUCK}))


async def read_run(run_id: str) -> Row:
    """A run as it stands in the ledger. Raises UnknownRun."""
    row: Row | None = await RunDocument.get_motor_collection().find_one({"_id": run_id})
    if row is None:
        raise UnknownRun
    return row


async def read_runs(leaderboard_id: str | None) -> list[Row]:
    """The newest 100 runs, of one leaderboard or of all."""
    wanted = {} if leaderboard_id is None else {"leaderboard_id": leaderboard_id}
    newest = RunDocument.get_motor_collection().find(wanted).sort("_id", -1).limit(MOST_LISTED)
    return [row async for row in newest]


async def claim(run_id: str) -> Run | None:
    """Take the run over for 15 s, to be renewed; None if somebody has it or nothing is left to do."""
    row = await RunDocument.get_motor_collection().find_one_and_update(
        {"_id": run_id, **_free()},
        [{"$set": {"fence": {"$add": ["$fence", 1]}, "free_at": _from_now(LEASE_S)}}],
        return_document=ReturnDocument.AFTER,
    )
    return Run.of_row(row) if row else None


async def renew(run: Run) -> None:
    """Hold the run for another 15 s. Raises LeaseLost."""
    await _write(run, [{"$set": {"free_at": _from_now(LEASE_S)}}])


async def release(run: Run) -> None:
    """Let somebody else go on at once. Raises LeaseLost."""
    await _write(run, {"$set": {"free_at": AT_ONCE}})


async def enter(run: Run, step: Step) -> None:
    """Note that the step the run was at is done and this one begins. Raises LeaseLost."""
    done = {f"timings.{run.step}": "$$NOW"}
    await _write(run, [{"$set": {"step": step, "attempts": 0, "last_error": None, **done}}])


async def note_shards(run: Run, shards: int) -> None:
    """Note how many shards the cycle has. Raises LeaseLost."""
    await _write(run, {"$set": {"shards": shards}})


async def finish(run: Run, state: RunState) -> None:
    """Note that nothing more is to be done. Raises LeaseLost."""
    done = {f"timings.{run.step}": "$$NOW", "finished_at": "$$NOW", "state": state, "last_error": None}
    await _write(run, [{"$set": done}])


async def put_off(run: Run, error: Exception) -> RunState:
    """Note a failure: the step is tried again after a pause that doubles, ten times. Raises LeaseLost."""
    row = await read_run(run.run_id)
    attempts = row["attempts"] + 1
    state = RunState.RUNNING if attempts < MOST_ATTEMPTS else RunState.STUCK
    pause_s = min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2 ** (attempts - 1))
    text = f"{type(error).__name__}: {error}"[:500]
    noted = {"attempts": attempts, "state": state, "last_error": {"$literal": text}}
    await _write(run, [{"$set": {**noted, "free_at": _from_now(pause_s)}}])
    return state


async def is_still_locked(run: Run) -> bool:
    """True while the run's cycle is the one that is locked: deleting the leaderboard ends that."""
    locked = {
        "_id": run.leaderboard_id,
        "definition": {"$ne": None},
        "cycle.number": run.cycle,
        "cycle.state": CycleState.LOCKED,
    }
    return await LeaderboardDocument.get_motor_collection().find_one(locked, {"_id": 1}) is not None


async def _read_leaderboard(session: Session, leaderboard_id: str) -> Row | None:
    wanted = {"_id": leaderboard_id, "definition": {"$ne": None}}
    return await LeaderboardDocument.get_motor_collection().find_one(wanted, session=session)


async def _try_again(session: Session, leaderboard_id: str) -> None:
    """Let workers take up what is stuck."""
    stuck = {"leaderboard_id": leaderboard_id, "state": RunState.STUCK}
    again = {"state": RunState.RUNNING, "attempts": 0, "free_at": AT_ONCE}
    await RunDocument.get_motor_collection().update_many(stuck, {"$set": again}, session=session)


async def _begin(session: Session, leaderboard: Row, *, actor: str, now: datetime) -> Row:
    runs = RunDocument.get_motor_collection()
    going_on = {
        "leaderboard_id": leaderboard["_id"],
        # Also the one that has opened this cycle: whoever waited for it may still have no place in it.
        "cycle": {"$gte": leaderboard["cycle"]["number"] - 1},
        "state": {"$in": [RunState.RUNNING, RunState.STUCK]},
    }
    run: Row | None = await runs.find_one(going_on, session=session)
    if run is not None:
        return run
    await LeaderboardDocument.get_motor_collection().update_one(
        {"_id": leaderboard["_id"]}, {"$set": {"cycle.state": CycleState.LOCKED}}, session=session
    )
    row = _fresh(leaderboard, actor=actor, now=now)
    await runs.insert_one(row, session=session)
    return row


def _fresh(leaderboard: Row, *, actor: str, now: datetime) -> Row:
    definition = Definition.model_validate(leaderboard["definition"])
    remaining = leaderboard["cycle"]["rollovers_remaining"]
    run = RunDocument(
        id=new_id(),
        leaderboard_id=leaderboard["_id"],
        cycle=leaderboard["cycle"]["number"],
        state=RunState.RUNNING,
        step=Step.LOCK,
        definition=leaderboard["definition"],
        rules_version=leaderboard["rules_version"],
        ends_season=ends_season(definition, rollovers_remaining=remaining),
        rollovers_remaining=remaining,
        started_at=now,
        actor=actor,
        free_at=AT_ONCE,
    )
    row = run.model_dump(exclude={"id", "revision_id"})
    return {"_id": run.id, **row}


async def _write(run: Run, changes: Row | list[Row]) -> None:
    """Change the run as its holder, which ends as soon as somebody else has taken it over."""
    held = {"_id": run.run_id, "fence": run.fence, "state": RunState.RUNNING}
    written = await RunDocument.get_motor_collection().update_one(held, changes)
    if written.matched_count == 0:
        raise LeaseLost


def _free() -> Row:
    return {"state": RunState.RUNNING, "$expr": {"$lte": ["$free_at", "$$NOW"]}}


def _from_now(seconds: float) -> Row:
    """An instant by the server's clock, so that no two hosts have to agree on the time."""
    return {"$add": ["$$NOW", timedelta(seconds=seconds) // timedelta(milliseconds=1)]}
