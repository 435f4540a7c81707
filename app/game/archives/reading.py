"""Archived shards: how a shard ended, as a whole and line by line."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.aggregations.archives import ArchivedEntry, ArchivedLine
from app.aggregations.windows import BEST_FIRST
from app.game.documents import EntryDocument, EntryState, ShardDocument
from app.game.errors import UnknownArchive
from app.ranking.index import RankedLine


@dataclass(frozen=True, slots=True)
class ArchivedShard:
    """What an archive says about the shard as a whole."""

    archive_id: str
    leaderboard_id: str
    tier: int
    guild_id: str | None
    cycle: int
    started_at: datetime
    ended_at: datetime
    title: str
    players: int
    rules_version: int
    run_id: str
    members: Sequence[str] | None

    @classmethod
    def of_row(cls, row: Mapping[str, Any]) -> "ArchivedShard":
        """As stored."""
        archive = row["archive"]
        return cls(
            archive_id=row["_id"],
            leaderboard_id=row["leaderboard_id"],
            tier=row["tier"],
            guild_id=row["guild_id"],
            cycle=row["cycle"],
            started_at=row["opened_at"],
            ended_at=archive["ended_at"],
            title=archive["title"],
            players=archive["players"],
            rules_version=archive["rules_version"],
            run_id=archive["run_id"],
            members=archive.get("members"),
        )


async def read_archive(
    archive_id: str, *, limit: int, ended_after: datetime
) -> tuple[ArchivedShard, list[RankedLine]]:
    """One archive and its best lines. Raises UnknownArchive."""
    found = EntryDocument.get_motor_collection().find(
        {"shard_id": archive_id, "state": EntryState.SEALED},
        dict.fromkeys(ArchivedLine.__annotations__, 1),
    )
    shard, lines = await asyncio.gather(
        ShardDocument.get_motor_collection().find_one(
            {"_id": archive_id, "archive.ended_at": {"$gt": ended_after}}
        ),
        found.sort(list(BEST_FIRST.items())).limit(limit).to_list(limit),
    )
    if shard is None:
        raise UnknownArchive
    return ArchivedShard.of_row(shard), [line_of(row) for row in lines]


def line_of(row: ArchivedLine | ArchivedEntry) -> RankedLine:
    """A stored line with its final rank."""
    return RankedLine(row["rank"], row["account_id"], row["score"], row["last_updated"])
