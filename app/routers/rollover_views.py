"""Rollovers as plain JSON-ready dicts, the shapes of `schemas.rollovers`."""

from collections.abc import Iterable, Mapping
from typing import Any

from app.game.ledgers import Step
from app.game.rollovers.preview import Mover, Preview, TierPreview, Winner
from app.game.rollovers.progress import Progress
from app.kit.clock import to_millis
from app.routers.game_views import Json


def runs_view(runs: Iterable[Mapping[str, Any]]) -> Json:
    """Runs that a request began, or found going on."""
    return {"runs": [{"runId": run["_id"], "leaderboardId": run["leaderboard_id"]} for run in runs]}


def progress_view(progress: Progress) -> Json:
    """One run."""
    run = progress.run
    return {
        "runId": run["_id"],
        "leaderboardId": run["leaderboard_id"],
        "cycle": run["cycle"],
        "state": run["state"],
        "step": run["step"],
        "rulesVersion": run["rules_version"],
        "endsSeason": run["ends_season"],
        "requestedBy": run["actor"],
        "startedAt": to_millis(run["started_at"]),
        "finishedAt": to_millis(run["finished_at"]) if run["finished_at"] else None,
        "shards": {"done": progress.shards_done, "total": progress.shards},
        "steps": _steps_view(run),
        "grants": {"owed": progress.owed, "sent": progress.sent},
        "attempts": run["attempts"],
        "lastError": run["last_error"],
    }


def preview_view(preview: Preview) -> Json:
    """What a rollover would do."""
    season = preview.season
    return {
        "leaderboardId": preview.leaderboard.leaderboard_id,
        "cycle": preview.leaderboard.cycle,
        "rulesVersion": preview.leaderboard.rules_version,
        "endsSeason": season is not None,
        "tiers": [_tier_view(tier) for tier in preview.tiers],
        "season": season
        and {
            "rewards": [
                {"tier": tier, "subject": subject, "players": players}
                for tier, subject, players in season.rewarded
            ],
            "dropped": season.dropped,
        },
    }


def _steps_view(run: Mapping[str, Any]) -> Json:
    """The finished steps in their order; each began when the one before it was finished."""
    steps: Json = {}
    began = to_millis(run["started_at"])
    for step in Step:
        if step in run["timings"]:
            finished = to_millis(run["timings"][step])
            steps[step.value] = {"finishedAt": finished, "tookMs": max(0, finished - began)}
            began = finished
    return steps


def _tier_view(tier: TierPreview) -> Json:
    return {
        "tier": tier.tier,
        "shards": tier.shards,
        "players": tier.players,
        "promoted": tier.promoted,
        "demoted": tier.demoted,
        "idleDemoted": tier.idle_demoted,
        "rewarded": tier.rewarded,
        "promotions": [_move_view(mover, tier.tier) for mover in tier.promotions],
        "demotions": [_move_view(mover, tier.tier) for mover in tier.demotions],
        "rewards": [{**_line_view(winner), "subject": winner.subject} for winner in tier.rewards],
    }


def _move_view(mover: Mover, tier: int) -> Json:
    return {**_line_view(mover), "from": tier, "to": mover.to}


def _line_view(line: Mover | Winner) -> Json:
    return {"accountId": line.account_id, "rank": line.rank, "score": line.score}
