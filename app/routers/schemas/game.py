"""Game leaderboards on the wire: requests that are validated, answers that are documented."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StrictInt
from pydantic.alias_generators import to_camel

from app.game.rules.definitions import Definition
from app.game.rules.scoring import HIGHEST_SCORE
from app.kit.ids import AccountId, GuildId, LeaderboardId

LARGEST_DELTA = 2**31
MOST_SCORES = 1_000

Delta = Annotated[StrictInt, Field(ge=-LARGEST_DELTA, le=LARGEST_DELTA, examples=[55])]
AbsoluteScore = Annotated[StrictInt, Field(ge=0, le=HIGHEST_SCORE)]
RequestId = Annotated[str, Field(strict=True, min_length=1, max_length=255, pattern=r"^[\x21-\x7e]+$")]

_EXAMPLE_ACCOUNT = "62e841925030343c6079e78d"


class Body(BaseModel):
    """A request body of a player or game server: unknown fields are ignored."""

    model_config = ConfigDict(extra="ignore", frozen=True, alias_generator=to_camel)


class AdminBody(BaseModel):
    """A request body of an administrator: unknown fields are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, alias_generator=to_camel)


class Answer(BaseModel):
    """A response body; routes answer in its shape, aliases and all."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)


class ScoreIn(Body):
    """A score to be added, or subtracted when negative."""

    score: Delta
    leaderboard_id: LeaderboardId = Field(examples=["pvp_daily"])
    guild_id: GuildId | None = Field(None, description="score in this guild's shard instead")
    account_id: AccountId | None = Field(None, description="for whom, with a service token")


class BulkScoreIn(Body):
    """One item of a bulk request."""

    account_id: AccountId = Field(examples=[_EXAMPLE_ACCOUNT])
    leaderboard_id: LeaderboardId = Field(examples=["pvp_daily"])
    score: Delta
    guild_id: GuildId | None = None
    request_id: RequestId | None = Field(None, description="like Idempotency-Key, for this item")


class BulkScoresIn(Body):
    """Scores of several players, each succeeding or failing by itself."""

    scores: list[object] = Field(
        min_length=1,
        max_length=MOST_SCORES,
        json_schema_extra={"items": {"$ref": "#/components/schemas/BulkScoreIn"}},
    )


class ScoreOut(Answer):
    """An entry right after a score."""

    leaderboard_id: str
    shard_id: str
    guild_id: str | None
    cycle: int
    tier: int
    score: int
    version: int
    rank: int
    last_updated: int = Field(description="unix milliseconds")


class PendingScoreOut(Answer):
    """A score that came while the leaderboard was rolling over: it counts in the next cycle."""

    pending: bool
    cycle: int = Field(description="the cycle that counts it")
    score: int = Field(description="what the player has in that cycle so far")
    version: int


class BulkResult(Answer):
    """What became of one item: `status` is what `/score` would have answered."""

    index: int
    status: int
    type: str | None = Field(None, description="the problem's type, when refused")
    detail: str | None = None
    pending: bool | None = Field(None, description="true: the next cycle counts it")
    cycle: int | None = None
    score: int | None = None
    version: int | None = None


class BulkScoresOut(Answer):
    """What became of every item."""

    results: list[BulkResult]
    applied: int
    failed: int


class ScoreLineOut(Answer):
    """One line of a ranking; equal scores share a rank and the next one skips."""

    rank: int
    account_id: str
    score: int
    last_updated: int = Field(description="unix milliseconds")


class EnrollmentOut(Answer):
    """A player's service record on one leaderboard."""

    id: str
    leaderboard_id: str
    tier: int
    active_tier: int
    seasonal_max_tier: int
    is_active: bool
    archives: list[str]
    promotion_status: int = Field(description="-1 acknowledged, 0 unchanged, 1 demoted, 2 promoted")
    season_ended: bool
    current_shard_id: str | None = None
    guild_id: str | None = None


class ShardViewOut(Answer):
    """One shard around one of its players."""

    shard_id: str
    tier: int
    leaderboard_id: str
    guild_id: str | None
    cycle: int
    closes_at: int | None = Field(description="unix milliseconds; null when rolled over by hand only")
    rollovers_remaining: int = Field(description="to the end of the season; -1 without seasons")
    all_scores: list[ScoreLineOut] | None = Field(None, description="only below 200 entries")
    nearby_scores: list[ScoreLineOut]
    top_scores: list[ScoreLineOut]


class EnrollmentsOut(Answer):
    """A player's enrollments."""

    enrollments: list[EnrollmentOut]


class RankingsOut(EnrollmentsOut):
    """Enrollments and shards in the order asked, public before guild."""

    leaderboards: list[ShardViewOut]


class UpdateIn(AdminBody):
    """Leaderboards to create or change, after those to delete."""

    leaderboards: list[object] = Field(
        default_factory=list, json_schema_extra={"items": {"$ref": "#/components/schemas/Definition"}}
    )
    leaderboard: Definition | None = None
    ids_to_delete: list[object] = Field(default_factory=list, json_schema_extra={"items": {"type": "string"}})


class UpdateOut(Answer):
    """What an update did."""

    success: bool = True
    deleted: int
    created: list[str]
    updated: list[str]


class LeaderboardIdsOut(Answer):
    """Every leaderboard there is."""

    success: bool = True
    leaderboard_ids: list[str]


class TierStatsOut(Answer):
    """One tier's shards."""

    leaderboard_id: str
    tier: int
    total_shards: int
    player_counts: list[int] = Field(description="most first")
    active_players: int
    rollovers_remaining: int


class ShardStatsOut(Answer):
    """Every tier that has players."""

    stats: list[TierStatsOut]


class LeaderboardOut(Answer):
    """One leaderboard as it stands."""

    leaderboard_id: str
    definition: Definition
    rules_version: int
    cycle: int
    state: str
    opened_at: int
    closes_at: int | None
    rollovers_remaining: int
    next_rollovers: list[str] = Field(description="the next five, in UTC")
    tiers: list[TierStatsOut]


class SetScoreIn(AdminBody):
    """An absolute score of one entered player."""

    account_id: AccountId
    score: AbsoluteScore


class SetScoresIn(AdminBody):
    """Absolute scores of players of one leaderboard."""

    leaderboard_id: LeaderboardId
    scores: list[SetScoreIn] = Field(min_length=1, max_length=MOST_SCORES)


class SetEnrollmentIn(AdminBody):
    """Where a player is put."""

    account_id: AccountId
    leaderboard_id: LeaderboardId
    tier: Annotated[StrictInt, Field(ge=0, le=1_000)]
    score: AbsoluteScore | None = None


class DisqualifyIn(AdminBody):
    """Who is disqualified, where (everywhere without a leaderboard), and why."""

    account_id: AccountId
    leaderboard_id: LeaderboardId | None = None
    reason: Annotated[str, Field(strict=True, min_length=1, max_length=500)]


class ReinstateIn(AdminBody):
    """Whose disqualification is undone; it must be the one that was made."""

    account_id: AccountId
    leaderboard_id: LeaderboardId | None = None
    reason: Annotated[str, Field(strict=True, min_length=1, max_length=500)] | None = None


class MockScoresIn(AdminBody):
    """How many made-up players, and between which scores."""

    leaderboard_id: LeaderboardId
    user_count: Annotated[StrictInt, Field(ge=1, le=1_000)]
    min_score: Annotated[StrictInt, Field(ge=1, le=LARGEST_DELTA)] = 1
    max_score: Annotated[StrictInt, Field(ge=1, le=LARGEST_DELTA)] = 1_000


class MockScoresOut(Answer):
    """The accounts that were made up."""

    success: bool = True
    account_ids: list[str]


class TopShardOut(Answer):
    """The best lines of a tier's first shard."""

    leaderboard_id: str
    tier: int
    shard_id: str | None
    top_scores: list[ScoreLineOut]


class AuditOut(Answer):
    """One administrative change."""

    at: int
    actor: str
    action: str
    leaderboard_id: str | None
    account_id: str | None
    details: dict[str, object]


class AuditsOut(Answer):
    """The newest changes first."""

    records: list[AuditOut]


class Success(Answer):
    """It is done."""

    success: bool = True
