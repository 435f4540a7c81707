"""Archives on the wire."""

from pydantic import Field

from app.game.rules.definitions import Attachment
from app.routers.schemas.game import Answer, ScoreLineOut, ShardViewOut


class WonOut(Answer):
    """The reward a player won in a shard, as the mail says it."""

    subject: str
    body: str
    banner: str | None
    icon: str | None
    attachments: list[Attachment]
    sent: bool = Field(description="false: still on its way to the mailbox")


class TierMoveOut(Answer):
    """Where a rollover put a player, before a season that ended with it lowered tiers."""

    from_tier: int = Field(alias="from")
    to_tier: int = Field(alias="to")
    promotion_status: int = Field(description="0 unchanged, 1 demoted, 2 promoted")


class ArchiveHeaderOut(Answer):
    """A shard that has ended."""

    id: str = Field(description="the archive's id, which is the shard's")
    tier: int
    leaderboard_id: str
    guild_id: str | None
    cycle: int
    started_at: int = Field(description="unix milliseconds")
    ended_at: int = Field(description="unix milliseconds")
    title: str = Field(description="of the leaderboard at that time")
    players: int
    rules_version: int = Field(description="of the rules that decided")


class PlayerArchiveOut(ArchiveHeaderOut, ShardViewOut):
    """A shard that has ended, around one of its players; ranks are final."""

    closes_at: int = Field(description="when it ended, unix milliseconds")
    rollovers_remaining: int | None = Field(  # type: ignore[assignment] # only the run knows
        description="to the end of the season, this rollover included; -1 without seasons, null where unknown"
    )
    reward: WonOut | None = Field(description="null for who won nothing; also half a year after it was sent")
    tier_move: TierMoveOut | None = Field(description="null for a guild's shard, which moves nobody")


class PlayerArchivesOut(Answer):
    """A player's archives, newest first."""

    success: bool = True
    leaderboards: list[PlayerArchiveOut]


class ArchiveOut(ArchiveHeaderOut):
    """A shard that has ended, with its best lines; ranks are final."""

    run_id: str = Field(description="the rollover that ended it")
    members: list[str] | None = Field(
        description="who still belonged to the guild at the end; null for a public shard"
    )
    top_scores: list[ScoreLineOut]
