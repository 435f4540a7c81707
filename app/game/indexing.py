"""The rank index rebuilt from, and compared with, MongoDB."""

from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from typing import Any

import structlog

from app.game.documents import EntryDocument, EntryState, LeaderboardDocument, ShardDocument
from app.game.journal import changes_of
from app.ranking.drift import Drift, Facts, Truth, compare_board, still_wrong
from app.ranking.index import Change, RankIndex
from app.ranking.rebuild import rebuild

log = structlog.get_logger()

READ_BATCH = 5_000
ASKED_AT_ONCE = 500
SAMPLED = 500


async def build_board(ranks: RankIndex, shard_id: str) -> bool:
    """Build one shard's board from its entries; False if someone else is at it. Scores go on meanwhile."""
    built = await rebuild(ranks, shard_id, _batches(shard_id))
    if built:
        log.info("rank_index.built", board=shard_id)
    return built


async def build_missing_board(ranks: RankIndex, shard_id: str) -> bool:
    """Build one shard's board unless it is ready: whoever else found it missing may have been first.

    A shard whose cycle is over has none, and True is the answer: there is nothing to be built.
    """
    (ready,) = await ranks.are_ready([shard_id])
    return ready or not await _is_live(shard_id) or await build_board(ranks, shard_id)


async def _is_live(shard_id: str) -> bool:
    live = {"_id": shard_id, "archive": None}
    return await ShardDocument.get_motor_collection().find_one(live, {"_id": 1}) is not None


async def build_missing_boards(ranks: RankIndex) -> int:
    """Build every live shard's board that is not in the index; returns how many were missing."""
    missing = 0
    asked: list[str] = []
    async for shard_id in live_shard_ids():
        asked.append(shard_id)
        if len(asked) == ASKED_AT_ONCE:
            missing += await _build_those_missing(ranks, asked)
            asked = []
    return missing + await _build_those_missing(ranks, asked)


async def live_shard_ids(leaderboard_id: str | None = None) -> AsyncIterator[str]:
    """The shards of running cycles, of one leaderboard or of all."""
    wanted: dict[str, Any] = {"definition": {"$ne": None}}
    if leaderboard_id is not None:
        wanted["_id"] = leaderboard_id
    async for leaderboard in LeaderboardDocument.get_motor_collection().find(wanted, {"cycle.number": 1}):
        running = {"leaderboard_id": leaderboard["_id"], "cycle": leaderboard["cycle"]["number"]}
        async for shard in ShardDocument.get_motor_collection().find(running, {"_id": 1}):
            yield shard["_id"]


async def check_board(ranks: RankIndex, shard_id: str) -> Drift:
    """Compare every entry of a shard with its line, and every line with its entry."""
    return await compare_board(ranks, shard_id, _truth(shard_id))


async def sample_drift(ranks: RankIndex) -> Drift:
    """Compare the entries written most lately with their lines."""
    rows = EntryDocument.get_motor_collection().find().sort("touched_at", -1).limit(SAMPLED)
    by_shard: dict[str, list[str]] = defaultdict(list)
    async for row in rows:
        # Not asked for in the query: after a rollover MongoDB would walk past every sealed entry.
        if row["state"] == EntryState.OPEN:
            by_shard[row["shard_id"]].append(row["account_id"])
    shards = list(by_shard)
    ready = await ranks.are_ready(shards)
    wrong = [
        await still_wrong(ranks, shard_id, by_shard[shard_id], _truth(shard_id))
        for shard_id, is_ready in zip(shards, ready, strict=True)
        if is_ready
    ]
    return Drift("sample", entries=sum(map(len, by_shard.values())), wrong=sum(wrong), ready=all(ready))


async def _batches(shard_id: str) -> AsyncIterator[list[Change]]:
    """What a board shall hold: the lines of its entries, and the absence of those that moved away."""
    fields = dict.fromkeys(
        ("account_id", "shard_id", "left_shard_id", "version", "score", "last_updated", "state"), 1
    )
    # The type repeats the condition of the partial index: without it MongoDB would read every entry.
    left = {"left_shard_id": {"$eq": shard_id, "$type": "string"}}
    for wanted in ({"shard_id": shard_id}, left):
        found = EntryDocument.get_motor_collection().find(wanted, fields, batch_size=READ_BATCH)
        while rows := await found.to_list(READ_BATCH):
            yield [change for row in rows for change in changes_of(row) if change.board_id == shard_id]


async def _build_those_missing(ranks: RankIndex, shard_ids: list[str]) -> int:
    if not shard_ids:
        return 0
    ready = await ranks.are_ready(shard_ids)
    missing = [shard_id for shard_id, is_ready in zip(shard_ids, ready, strict=True) if not is_ready]
    for shard_id in missing:
        await build_missing_board(ranks, shard_id)
    return len(missing)


def _truth(shard_id: str) -> Truth:
    async def read(account_ids: Sequence[str] | None) -> Facts:
        wanted = _ranked(shard_id)
        if account_ids is not None:
            wanted["account_id"] = {"$in": list(account_ids)}
        found = EntryDocument.get_motor_collection().find(wanted)
        return {row["account_id"]: _facts(row) async for row in found}

    return read


def _ranked(shard_id: str) -> dict[str, Any]:
    return {"shard_id": shard_id, "state": {"$ne": EntryState.DISQUALIFIED}}


def _facts(row: dict[str, Any]) -> tuple[int, int, int]:
    return row["version"], row["score"], row["last_updated"]
