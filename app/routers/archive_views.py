"""Archives as plain JSON-ready dicts, the shapes of `schemas.archives`."""

from collections.abc import Mapping, Sequence
from typing import Any

from app.game.archives.of_players import PlayerArchive, TierChange
from app.game.archives.reading import ArchivedShard
from app.game.ledgers import GrantStatus
from app.kit.clock import to_millis
from app.ranking.index import RankedLine
from app.routers.game_views import Json, lines_view

#: The internal note, above all, is none of a player's business.
SHOWN_OF_A_MESSAGE = ("subject", "body", "banner", "icon", "attachments")


def player_archive_view(archive: PlayerArchive) -> Json:
    """An archived shard for one of its players."""
    shard, view = archive.shard, archive.view
    everyone = {} if view.all_lines is None else {"allScores": lines_view(view.all_lines)}
    return {
        **_header(shard),
        "shardId": shard.archive_id,
        "closesAt": to_millis(shard.ended_at),
        "rolloversRemaining": archive.rollovers_remaining,
        **everyone,
        "nearbyScores": lines_view(view.nearby),
        "topScores": lines_view(view.top),
        "reward": None if archive.grant is None else _reward(archive.grant),
        "tierMove": None if archive.move is None else _move(archive.move),
    }


def archive_view(shard: ArchivedShard, lines: Sequence[RankedLine]) -> Json:
    """An archived shard for administrators."""
    return {
        **_header(shard),
        "runId": shard.run_id,
        "members": shard.members,
        "topScores": lines_view(list(lines)),
    }


def _header(shard: ArchivedShard) -> Json:
    return {
        "id": shard.archive_id,
        "tier": shard.tier,
        "leaderboardId": shard.leaderboard_id,
        "guildId": shard.guild_id,
        "cycle": shard.cycle,
        "startedAt": to_millis(shard.started_at),
        "endedAt": to_millis(shard.ended_at),
        "title": shard.title,
        "players": shard.players,
        "rulesVersion": shard.rules_version,
    }


def _reward(grant: Mapping[str, Any]) -> Json:
    shown = {part: grant["message"][part] for part in SHOWN_OF_A_MESSAGE}
    return {**shown, "sent": grant["status"] == GrantStatus.SENT}


def _move(move: TierChange) -> Json:
    return {"from": move.before, "to": move.after, "promotionStatus": move.status}
