"""Rollovers on the wire, and what administrators set around them."""

from typing import Annotated

from pydantic import ConfigDict, Field, StrictInt

from app.game.rules.definition_fields import HIGHEST_INTEGER, LAST_MILLISECOND
from app.kit.ids import LeaderboardId, ObjectIdText
from app.routers.schemas.game import AdminBody, Answer

#: Named as in a definition, whose rules say the rest about them.
SeasonLength = Annotated[StrictInt, Field(ge=-1, le=HIGHEST_INTEGER, json_schema_extra={"not": {"const": 0}})]
Remaining = Annotated[StrictInt, Field(ge=1, le=HIGHEST_INTEGER)]
Moment = Annotated[StrictInt, Field(ge=0, le=LAST_MILLISECOND)]


class RolloverIn(AdminBody):
    """Which leaderboard ends its cycle; all of them if none is named."""

    leaderboard_id: LeaderboardId | None = None


class PreviewIn(AdminBody):
    """Whose rollover is tried out."""

    leaderboard_id: LeaderboardId


class SeasonIn(AdminBody):
    """How long seasons are, and how many rollovers the present one still has; at least one of the two."""

    model_config = ConfigDict(
        json_schema_extra={
            "anyOf": [
                {"required": [name], "properties": {name: {"type": "integer"}}}
                for name in ("rolloversInSeason", "rolloversRemaining")
            ]
        }
    )

    leaderboard_id: LeaderboardId
    rollovers_in_season: SeasonLength | None = Field(None, description="-1: no seasons")
    rollovers_remaining: Remaining | None = Field(None, description="at most the length of a season")


class StartTimeIn(AdminBody):
    """When a leaderboard starts."""

    leaderboard_id: LeaderboardId
    start_time: Moment = Field(
        description="unix seconds or milliseconds, told apart by size; 0: open now", examples=[1767225600000]
    )


class DebugRolloverIn(AdminBody):
    """Which archive is played again."""

    archive_id: ObjectIdText


class RunOut(Answer):
    """A rollover that has begun."""

    run_id: str
    leaderboard_id: str


class RunsOut(Answer):
    """The rollovers that a request began, or found going on."""

    runs: list[RunOut]


class DebugRolloverOut(RunsOut):
    """A rollover that has begun, with a copy of an archived shard in it."""

    shard_id: str
    copied: int
    left_out: int = Field(description="players who are in the running cycle already, barred, or without room")


class StepOut(Answer):
    """A finished step of a rollover."""

    finished_at: int = Field(description="unix milliseconds")
    took_ms: int


class ShardsOut(Answer):
    """How many shards a rollover is done with."""

    done: int
    total: int


class GrantsOut(Answer):
    """How many rewards of a rollover the mailbox does not have yet, and has."""

    owed: int
    sent: int


class RolloverOut(RunOut):
    """One rollover as it stands."""

    cycle: int
    state: str = Field(description="running, stuck, done, or abandoned because the leaderboard was deleted")
    step: str = Field(description="lock, rank, archive, reward, move, idle, season, reopen")
    rules_version: int
    ends_season: bool
    requested_by: str
    started_at: int = Field(description="unix milliseconds")
    finished_at: int | None
    shards: ShardsOut
    steps: dict[str, StepOut] = Field(description="the finished ones, by name")
    grants: GrantsOut
    attempts: int = Field(description="failures of the present step")
    last_error: str | None


class RolloversOut(Answer):
    """The newest rollovers first."""

    runs: list[RolloverOut]


class MoveOut(Answer):
    """One player who would change tier."""

    account_id: str
    rank: int
    score: int
    from_: int = Field(alias="from")
    to: int


class RewardedOut(Answer):
    """One player who would win a reward."""

    account_id: str
    rank: int
    score: int
    subject: str


class TierPreviewOut(Answer):
    """What a rollover would do to the players of one tier; at most 1,000 of each kind are listed."""

    tier: int
    shards: int
    players: int
    promoted: int
    demoted: int = Field(description="by rank")
    idle_demoted: int = Field(description="for not having scored in this cycle, in a shard or not")
    rewarded: int
    promotions: list[MoveOut]
    demotions: list[MoveOut]
    rewards: list[RewardedOut]


class SeasonRewardOut(Answer):
    """How many would get one tier's seasonal reward."""

    tier: int
    subject: str
    players: int


class SeasonPreviewOut(Answer):
    """What the end of the season would do."""

    rewards: list[SeasonRewardOut]
    dropped: int = Field(description="players whom it would put into a lower tier")


class PreviewOut(Answer):
    """What a rollover would do if it began now."""

    leaderboard_id: str
    cycle: int
    rules_version: int
    ends_season: bool
    tiers: list[TierPreviewOut]
    season: SeasonPreviewOut | None


class SeasonOut(Answer):
    """The season of a leaderboard as it is now."""

    leaderboard_id: str
    rollovers_in_season: int
    rollovers_remaining: int
    rules_version: int


class StartTimeOut(Answer):
    """When a leaderboard starts, and its running cycle with it."""

    leaderboard_id: str
    start_time: int
    opened_at: int
    closes_at: int | None
    rules_version: int
