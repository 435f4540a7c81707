"""What holds in one tier, and what the tiers of one leaderboard must be together."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationInfo, field_validator
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

from app.game.rules.definition_fields import Limit, Share, Tier
from app.game.rules.definition_rewards import RankedReward, Reward

MOST_REWARDS = 200


class TierRule(BaseModel):
    """Who moves and who wins in one tier when a cycle ends.

    A field that depends on others comes after them: its check names it, and none hides another's.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, alias_generator=to_camel)

    tier: Tier = Field(description="0 is the lowest")
    demotion_rank: Limit = Field(None, description="this rank and worse go down; 0, less or absent: off")
    promotion_rank: Limit = Field(None, description="this rank and better go up; 0, less or absent: off")
    demotion_percentage: Share = Field(
        None, description="share of the shard that goes down when demotionRank is off"
    )
    promotion_percentage: Share = Field(
        None, description="share of the shard that goes up when promotionRank is off"
    )
    players_per_shard: Limit = Field(
        None, description="seats of a shard; 0, less or absent: unlimited. Guild shards have no limit"
    )
    max_tier_on_season_end: Tier | None = Field(
        None, description="where a season's end puts players of this tier; absent: the leaderboard's default"
    )
    rewards: Annotated[tuple[RankedReward, ...], Field(max_length=MOST_REWARDS)] = Field(
        (), description="a player gets at most one: the best rank reached, else the best percentile"
    )
    seasonal_reward: Reward | None = Field(
        None, description="for those whose highest tier of the season this was; required with seasons"
    )

    @field_validator("promotion_rank")
    @classmethod
    def _above_demotion(cls, promotion: int | None, info: ValidationInfo) -> int | None:
        demotion = info.data.get("demotion_rank")
        if promotion and demotion and promotion >= demotion:
            raise PydanticCustomError("rank_order", "must be less than demotionRank")
        return promotion

    @field_validator("players_per_shard")
    @classmethod
    def _room_for_ranks(cls, players: int | None, info: ValidationInfo) -> int | None:
        ranks = [info.data.get(name) or 0 for name in ("promotion_rank", "demotion_rank")]
        if players and players < max(ranks):
            raise PydanticCustomError("too_few_seats", "must not be less than promotionRank or demotionRank")
        return players

    @field_validator("max_tier_on_season_end")
    @classmethod
    def _not_above_itself(cls, lowered_to: int | None, info: ValidationInfo) -> int | None:
        if lowered_to is not None and lowered_to > info.data.get("tier", lowered_to):
            raise PydanticCustomError("season_raises", "must not be above the tier of its rule")
        return lowered_to


@dataclass(frozen=True, slots=True)
class TierOutline:
    """What the tiers must agree about; None where a rule does not say it readably."""

    tier: int | None
    has_seasonal_reward: bool


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong at a place within a definition."""

    path: tuple[str | int, ...]
    detail: str


def tier_faults(
    outlines: Sequence[TierOutline], *, tier_count: int | None, has_seasons: bool
) -> Iterator[Fault]:
    """Where the tiers are not exactly one rule for each of 0..tierCount-1, fit for the seasons there are.

    Without a tier count, only what holds for any is checked.
    """
    seen: set[int] = set()
    for index, tier in enumerate(outline.tier for outline in outlines):
        if tier is None:
            continue
        if tier in seen:
            yield Fault(("tierRules", index, "tier"), "another rule has this tier")
        elif tier_count is not None and tier >= tier_count:
            yield Fault(("tierRules", index, "tier"), "must be less than tierCount")
        seen.add(tier)
    yield from _missing_tiers(outlines, set(range(tier_count or 0)) - seen)
    if has_seasons:
        yield from _missing_seasonal_rewards(outlines)


def _missing_tiers(outlines: Sequence[TierOutline], missing: set[int]) -> Iterator[Fault]:
    # A tier that cannot be read may be any of those that seem to be missing.
    if missing and all(outline.tier is not None for outline in outlines):
        yield Fault(("tierRules",), f"must have a rule for every tier; the first without is {min(missing)}")


def _missing_seasonal_rewards(outlines: Sequence[TierOutline]) -> Iterator[Fault]:
    for index, outline in enumerate(outlines):
        if not outline.has_seasonal_reward:
            yield Fault(("tierRules", index, "seasonalReward"), "is required when there are seasons")
