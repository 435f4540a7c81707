"""Rules as they are posted: all of a request take effect, or none."""

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pymongo.errors import PyMongoError

from app.game import audit
from app.game.documents import (
    Cycle,
    CycleState,
    DiscardDocument,
    EnrollmentDocument,
    EntryDocument,
    LeaderboardDocument,
    ShardDocument,
)
from app.game.errors import DefinitionChanged, InvalidDefinition, TierInUse
from app.game.leaderboards import Leaderboards
from app.game.rules.definitions import Definition, changes, read_definition, read_definitions, to_wire
from app.game.rules.seasons import season_length
from app.game.transactions import Session, in_transaction
from app.kit.errors import Problem
from app.kit.ids import is_leaderboard_id
from app.kit.periods import RolloverTimes, next_rollover
from app.ranking.errors import RankIndexAway
from app.ranking.index import RankIndex

MOST_DELETIONS = 100


@dataclass(frozen=True, slots=True)
class UpdateRequest:
    """Definitions as they came, ids to delete first, and which version the caller decided on.

    `several` and `single` are the two ways to post: a list of definitions, or one.
    """

    several: Sequence[object] = ()
    single: object = None
    ids_to_delete: Sequence[object] = ()
    expected_version: int | None = None


@dataclass(slots=True)
class Updated:
    """What an update did."""

    deleted: int = 0
    created: list[str] = field(default_factory=list)
    updated: list[str] = field(default_factory=list)


class DefinitionUpdates:
    """Takes new rules; one per process."""

    def __init__(self, leaderboards: Leaderboards, ranks: RankIndex, times: RolloverTimes) -> None:
        self._leaderboards = leaderboards
        self._ranks = ranks
        self._times = times

    async def apply(self, request: UpdateRequest, *, actor: str, now: datetime) -> Updated:
        """Delete, then create or change leaderboards, in one transaction.

        A deleted id that is defined again starts empty, in a new cycle, without a rollover. Raises
        InvalidDefinition with every fault of every definition, TierInUse, or DefinitionChanged.
        """
        definitions = _checked(request)

        async def act(session: Session) -> Updated:
            done = Updated()
            for leaderboard_id in request.ids_to_delete:
                done.deleted += await _delete(session, str(leaderboard_id), actor, now)
            for definition in definitions:
                created = await self._write(session, definition, request.expected_version, actor, now)
                (done.created if created else done.updated).append(definition.leaderboard_id)
            return done

        done = await in_transaction(act)
        for leaderboard_id in (*map(str, request.ids_to_delete), *(d.leaderboard_id for d in definitions)):
            self._leaderboards.forget(leaderboard_id)
        if done.deleted:
            # The change is made: what cannot be removed now is left to the sweeper.
            with contextlib.suppress(RankIndexAway, PyMongoError):
                await discard_deleted_cycles(self._ranks)
        return done

    async def _write(
        self, session: Session, definition: Definition, expected: int | None, actor: str, now: datetime
    ) -> bool:
        """Store one definition; True if there was no such leaderboard."""
        wanted = {"_id": definition.leaderboard_id}
        before = await LeaderboardDocument.get_motor_collection().find_one(wanted, session=session)
        alive = before is not None and before["definition"] is not None
        _require_version(before if alive else None, expected)
        if before is not None and alive:
            await _require_tiers_unused(session, before, definition)
            old = Definition.model_validate(before["definition"])
            cycle = self._continued(Cycle(**before["cycle"]), old, definition, now)
            details = changes_between(old, definition)
        else:
            cycle = self._opened(definition, before["cycle"]["number"] + 1 if before else 1, now)
            details = {"definition": to_wire(definition)}
        version = before["rules_version"] + 1 if before else 1
        await store_rules(session, definition, cycle, version=version, now=now)
        await audit.record(
            actor=actor,
            action="leaderboard.updated" if alive else "leaderboard.created",
            leaderboard_id=definition.leaderboard_id,
            now=now,
            details=details,
            session=session,
        )
        return not alive

    def _opened(self, definition: Definition, number: int, now: datetime) -> Cycle:
        opens_at = max(now, definition.starts_at or now)
        return Cycle(
            number=number,
            state=CycleState.OPEN,
            opened_at=opens_at,
            closes_at=self._closing(definition, opens_at),
            rollovers_remaining=season_length(definition),
        )

    def _continued(self, cycle: Cycle, old: Definition, new: Definition, now: datetime) -> Cycle:
        """The running cycle under new rules: it ends when it was to end; only what was open is decided."""
        remaining = remaining_under(new, old, cycle.rollovers_remaining)
        closes_at = cycle.closes_at or self._closing(new, max(now, new.starts_at or now))
        return cycle.model_copy(update={"closes_at": closes_at, "rollovers_remaining": remaining})

    def _closing(self, definition: Definition, after: datetime) -> datetime | None:
        return next_rollover(definition.rollover_type, after=after, times=self._times, zone=definition.zone)


def remaining_under(new: Definition, old: Definition, remaining: int) -> int:
    """What is left of a season under new rules: never more than a season; one that is new begins whole."""
    if not (old.has_seasons and new.has_seasons):
        return season_length(new)
    return min(remaining, season_length(new))


def changes_between(old: Definition, new: Definition) -> dict[str, Any]:
    """What the record of a change says about it."""
    return {"changes": [list(map(str, change)) for change in changes(old, new)]}


async def store_rules(
    session: Session, definition: Definition, cycle: Cycle, *, version: int, now: datetime
) -> None:
    """Write the rules of a leaderboard and its running cycle under them."""
    document = {
        "definition": to_wire(definition),
        "rules_version": version,
        "cycle": cycle.model_dump(),
        "updated_at": now,
    }
    await LeaderboardDocument.get_motor_collection().update_one(
        {"_id": definition.leaderboard_id}, {"$set": document}, upsert=True, session=session
    )


async def stored_definitions() -> dict[str, Definition]:
    """Every leaderboard's rules, by id."""
    found = LeaderboardDocument.get_motor_collection().find({"definition": {"$ne": None}}, {"definition": 1})
    return {row["_id"]: Definition.model_validate(row["definition"]) async for row in found}


async def discard_deleted_cycles(ranks: RankIndex) -> int:
    """Remove what deleted leaderboards left behind; returns how many cycles were removed.

    May be cut off anywhere and run again: the discard document goes last.
    """
    discards = DiscardDocument.get_motor_collection()
    removed = 0
    async for discard in discards.find():
        cycle = {"leaderboard_id": discard["leaderboard_id"], "cycle": discard["cycle"]}
        # The ids of a cycle's entries begin with its own and a slash, which 0 comes right after.
        entries = {"_id": {"$gte": f"{discard['_id']}/", "$lt": f"{discard['_id']}0"}}
        shards = [row["_id"] async for row in ShardDocument.get_motor_collection().find(cycle, {"_id": 1})]
        await EnrollmentDocument.get_motor_collection().update_many(
            {"leaderboard_id": discard["leaderboard_id"], "current_shard_id": {"$in": shards}},
            {"$set": {"current_shard_id": None}},
        )
        await EntryDocument.get_motor_collection().delete_many(entries)
        await ranks.drop(shards)
        await ShardDocument.get_motor_collection().delete_many(cycle)
        # Those whom a process that had not heard of the deletion placed while their shard still stood.
        await EntryDocument.get_motor_collection().delete_many(entries)
        await discards.delete_one({"_id": discard["_id"]})
        removed += 1
    return removed


def _checked(request: UpdateRequest) -> list[Definition]:
    """The definitions of a request, or InvalidDefinition with everything that is wrong with it."""
    definitions, problems = read_definitions(request.several)
    if request.single is not None:
        definition, found = read_definition(request.single, pointer="/leaderboard")
        problems += found
        if definition is not None:
            if any(other.leaderboard_id == definition.leaderboard_id for other in definitions):
                problems.append(Problem("is defined twice", pointer="/leaderboard/leaderboardId"))
            definitions.append(definition)
    problems += _deletion_problems(request.ids_to_delete)
    if request.expected_version is not None and len(definitions) != 1:
        problems.append(Problem("goes with exactly one definition", parameter="If-Match"))
    if problems:
        raise InvalidDefinition("Nothing was changed.", problems=problems)
    return definitions


def _deletion_problems(ids: Sequence[object]) -> list[Problem]:
    problems = []
    if len(ids) > MOST_DELETIONS:
        problems.append(Problem(f"may have at most {MOST_DELETIONS} ids", pointer="/idsToDelete"))
    for position, leaderboard_id in enumerate(ids):
        pointer = f"/idsToDelete/{position}"
        if not is_leaderboard_id(leaderboard_id):
            problems.append(Problem("is not a leaderboard id", pointer=pointer))
        elif leaderboard_id in ids[:position]:
            problems.append(Problem("is named twice", pointer=pointer))
    return problems


def _require_version(before: dict[str, Any] | None, expected: int | None) -> None:
    if expected is not None and (before is None or before["rules_version"] != expected):
        raise DefinitionChanged


async def _require_tiers_unused(session: Session, before: dict[str, Any], new: Definition) -> None:
    lost = await ShardDocument.get_motor_collection().find_one(
        {
            "leaderboard_id": before["_id"],
            "cycle": before["cycle"]["number"],
            "tier": {"$gt": new.top_tier},
            "seats": {"$gt": 0},
        },
        session=session,
    )
    if lost is not None:
        raise TierInUse(f"Tier {lost['tier']} has players in the running cycle.")


async def _delete(session: Session, leaderboard_id: str, actor: str, now: datetime) -> int:
    before = await LeaderboardDocument.get_motor_collection().find_one_and_update(
        {"_id": leaderboard_id, "definition": {"$ne": None}},
        {"$set": {"definition": None, "updated_at": now}},
        session=session,
    )
    if before is None:
        return 0
    last = before["cycle"]["number"]
    numbers = [last]
    if before["cycle"]["state"] == CycleState.LOCKED:
        # Scores wait for the next cycle already: its number is used up too.
        numbers.append(last + 1)
        await LeaderboardDocument.get_motor_collection().update_one(
            {"_id": leaderboard_id}, {"$inc": {"cycle.number": 1}}, session=session
        )
    await DiscardDocument.get_motor_collection().insert_many(
        [
            {"_id": f"{leaderboard_id}/{number}", "leaderboard_id": leaderboard_id, "cycle": number}
            for number in numbers
        ],
        session=session,
    )
    await audit.record(
        actor=actor, action="leaderboard.deleted", leaderboard_id=leaderboard_id, now=now, session=session
    )
    return 1
