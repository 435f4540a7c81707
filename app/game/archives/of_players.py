"""Archives as players look back at them: their final ranks, what they won, where it put them."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.aggregations.archives import ArchivedEntry, lines_of_archives, newest_archives
from app.game.archives.reading import ArchivedShard, line_of
from app.game.documents import EntryDocument, PromotionStatus
from app.game.leaderboards import Leaderboards
from app.game.ledgers import GrantDocument, RunDocument
from app.game.rules.definitions import Definition
from app.game.rules.promotion import TierMove, cuts
from app.ranking.index import ALL_BELOW, LINES_ABOVE, WINDOW, RankedLine, View

#: The lines of fifty archives in one answer of MongoDB.
ONE_ANSWER = 20_000

_STATUS = {
    TierMove.DOWN: PromotionStatus.DEMOTED,
    TierMove.STAY: PromotionStatus.UNCHANGED,
    TierMove.UP: PromotionStatus.PROMOTED,
}


@dataclass(frozen=True, slots=True)
class TierChange:
    """Where the rollover put a player of a public shard, before any end of a season."""

    before: int
    after: int
    status: PromotionStatus


@dataclass(frozen=True, slots=True)
class PlayerArchive:
    """An archived shard as one of its players looks back at it.

    `grant` is None for whoever won nothing, or so long ago that it is no longer kept; `rollovers_remaining`
    if the run does not say.
    """

    shard: ArchivedShard
    view: View
    rollovers_remaining: int | None
    move: TierChange | None
    grant: Mapping[str, Any] | None


async def read_archives(
    leaderboards: Leaderboards, account_id: str, leaderboard_id: str, *, count: int, ended_after: datetime
) -> list[PlayerArchive]:
    """The player's newest archives on one leaderboard, newest first. Raises UnknownLeaderboard."""
    await leaderboards.get(leaderboard_id)
    wanted = newest_archives(account_id, leaderboard_id, ended_after=ended_after, count=count)
    entries: list[ArchivedEntry] = [
        row async for row in EntryDocument.get_motor_collection().aggregate(wanted)
    ]
    if not entries:
        return []
    views, runs, grants, active = await asyncio.gather(
        _views(entries), _runs(entries), _grants(entries), _active_cycles(entries)
    )
    rules = _rules(runs.values())
    return [
        PlayerArchive(
            shard=(shard := ArchivedShard.of_row(entry["shard"])),
            view=view,
            rollovers_remaining=runs.get(shard.run_id, {}).get("rollovers_remaining"),
            move=_move(entry, shard, rules.get(shard.rules_version), is_idle=shard.cycle not in active),
            grant=grants.get(_grant_id(entry)),
        )
        for entry, view in zip(entries, views, strict=True)
    ]


async def _views(entries: Sequence[ArchivedEntry]) -> list[View]:
    """What the owner of these entries sees of each one's shard."""
    wanted = lines_of_archives(
        [entry["shard_id"] for entry in entries if _is_shown_whole(entry)],
        [entry for entry in entries if not _is_shown_whole(entry)],
        window=WINDOW,
        above=LINES_ABOVE,
    )
    lines: dict[str, set[RankedLine]] = defaultdict(set)
    async for row in EntryDocument.get_motor_collection().aggregate(wanted, batchSize=ONE_ANSWER):
        lines[row["shard_id"]].add(line_of(row))
    return [_view(entry, lines[entry["shard_id"]]) for entry in entries]


def _view(entry: ArchivedEntry, lines: set[RankedLine]) -> View:
    mine = line_of(entry)
    ranking = sorted({*lines, mine}, key=lambda line: (-line.score, line.last_updated, line.account_id))
    # What is missing between the best lines and the player's is missing above this window.
    first = max(0, ranking.index(mine) - LINES_ABOVE)
    return View(
        size=entry["shard"]["archive"]["players"],
        version=entry["version"],
        all_lines=ranking if _is_shown_whole(entry) else None,
        top=ranking[:WINDOW],
        nearby=ranking[first : first + WINDOW],
    )


def _is_shown_whole(entry: ArchivedEntry) -> bool:
    return bool(entry["shard"]["archive"]["players"] < ALL_BELOW)


async def _runs(entries: Sequence[ArchivedEntry]) -> dict[str, Mapping[str, Any]]:
    """The runs that ended these entries' shards, by id."""
    found = RunDocument.get_motor_collection().find(
        {"_id": {"$in": [entry["shard"]["archive"]["run_id"] for entry in entries]}}
    )
    return {row["_id"]: row async for row in found}


async def _grants(entries: Sequence[ArchivedEntry]) -> dict[str, Mapping[str, Any]]:
    """What these entries won, by grant id."""
    found = GrantDocument.get_motor_collection().find({"_id": {"$in": [*map(_grant_id, entries)]}})
    return {row["_id"]: row async for row in found}


async def _active_cycles(entries: Sequence[ArchivedEntry]) -> set[int]:
    """The cycles in which the owner of these entries scored, for whichever shard."""
    scored = {
        "account_id": entries[0]["account_id"],
        "leaderboard_id": entries[0]["leaderboard_id"],
        "cycle": {"$in": [entry["cycle"] for entry in entries]},
        "scored": True,
    }
    return set(await EntryDocument.get_motor_collection().distinct("cycle", scored))


def _grant_id(entry: ArchivedEntry) -> str:
    return f"{entry['shard_id']}-{entry['account_id']}"


def _rules(runs: Iterable[Mapping[str, Any]]) -> dict[int, Definition]:
    """The rules by which these runs of one leaderboard decided, by version; each is read once."""
    stored = {run["rules_version"]: run["definition"] for run in runs}
    return {version: Definition.model_validate(definition) for version, definition in stored.items()}


def _move(
    entry: ArchivedEntry, shard: ArchivedShard, definition: Definition | None, *, is_idle: bool
) -> TierChange | None:
    """Guild shards move nobody; who did not score goes down, but never twice."""
    if shard.guild_id is not None or definition is None:
        return None
    rule = definition.rule(shard.tier)
    decided = cuts(rule, players=shard.players, top_tier=definition.top_tier)
    move = decided.move(rank=entry["rank"], score=entry["score"])
    if move is TierMove.STAY and is_idle and shard.tier > 0:
        move = TierMove.DOWN
    return TierChange(before=shard.tier, after=shard.tier + move.value, status=_STATUS[move])
