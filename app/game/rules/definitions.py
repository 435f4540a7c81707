"""The rules of a leaderboard: what an administrator posts, checked, and as the rest of the game reads it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Self
from zoneinfo import ZoneInfo

from pydantic import (
    AliasChoices,
    AliasGenerator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

from app.game.rules.definition_changes import Change, differences
from app.game.rules.definition_example import EXAMPLE
from app.game.rules.definition_faults import TIERS_DISAGREE, ids_defined_twice, problems_of
from app.game.rules.definition_fields import (
    MOST_TIERS,
    Name,
    Rollovers,
    RolloverType,
    StartTime,
    Text,
    Tier,
    TierCount,
    TimeZone,
)
from app.game.rules.definition_rewards import Attachment, RankedReward, Reward
from app.game.rules.definition_tiers import TierOutline, TierRule, tier_faults
from app.kit.clock import from_millis
from app.kit.errors import Problem
from app.kit.ids import LeaderboardId

__all__ = [
    "Attachment",
    "Change",
    "Definition",
    "RankedReward",
    "Reward",
    "TierRule",
    "changes",
    "read_definition",
    "read_definitions",
    "to_wire",
]

#: More in one request is taken for a mistake.
MOST_DEFINITIONS = 100


def _as_posted(name: str) -> str | AliasChoices:
    return AliasChoices("startTime", "startsOn") if name == "start_time" else to_camel(name)


class Definition(BaseModel):
    """The rules of one leaderboard."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        populate_by_name=True,
        alias_generator=AliasGenerator(validation_alias=_as_posted, serialization_alias=to_camel),
        json_schema_extra={"examples": [EXAMPLE]},
    )

    leaderboard_id: LeaderboardId = Field(description="its name for ever")
    title: Name = Field(description="for people, or a localisation key")
    description: Text = Field(description="for people, or a localisation key")
    rollover_type: RolloverType = Field(
        description="0 hourly, 1 daily, 2 weekly, 3 monthly, 4 annually, 5 none: only by hand"
    )
    time_zone: TimeZone = Field("UTC", description="IANA zone in which its rollover times are meant")
    start_time: StartTime = Field(
        0, description="no scores before; unix seconds or milliseconds, told apart by size; 0: open now"
    )
    rollovers_in_season: Rollovers = Field(None, description="length of a season; -1 or absent: no seasons")
    max_tier_on_season_end: Tier | None = Field(
        None, description="for tiers that do not say it themselves, as far as it lowers; absent: 0"
    )
    tier_count: TierCount = Field(description="number of tiers, numbered from 0")
    tier_rules: Annotated[tuple[TierRule, ...], Field(max_length=MOST_TIERS)] = Field(
        description="exactly one rule for each tier"
    )

    @field_validator("tier_rules")
    @classmethod
    def _lowest_first(cls, rules: tuple[TierRule, ...]) -> tuple[TierRule, ...]:
        return tuple(sorted(rules, key=lambda rule: rule.tier))

    @model_validator(mode="after")
    def _tiers_agree(self) -> Self:
        outlines = [TierOutline(rule.tier, rule.seasonal_reward is not None) for rule in self.tier_rules]
        faults = tier_faults(outlines, tier_count=self.tier_count, has_seasons=self.has_seasons)
        if next(faults, None) is not None:
            raise PydanticCustomError(
                TIERS_DISAGREE, "tierRules must have one rule for each tier, fit for seasons"
            )
        return self

    @property
    def top_tier(self) -> int:
        """The highest tier."""
        return self.tier_count - 1

    @property
    def has_seasons(self) -> bool:
        """True when a number of rollovers makes a season."""
        return self.rollovers_in_season is not None

    @property
    def starts_at(self) -> datetime | None:
        """The instant from which scores count; None when it was always open."""
        return from_millis(self.start_time) if self.start_time else None

    @property
    def zone(self) -> ZoneInfo:
        """The time zone of its rollovers."""
        return ZoneInfo(self.time_zone)

    def rule(self, tier: int) -> TierRule:
        """The rule of one of its tiers."""
        return self.tier_rules[tier]

    def tier_after_season(self, tier: int) -> int:
        """Where the end of a season leaves a player of that tier, never higher."""
        own = self.rule(tier).max_tier_on_season_end
        return min(tier, (self.max_tier_on_season_end or 0) if own is None else own)


def read_definitions(
    wire: Sequence[object], *, pointer: str = "/leaderboards"
) -> tuple[list[Definition], list[Problem]]:
    """The definitions of a request, and everything that is wrong with any of them.

    Problems point below `pointer`. With a problem anywhere, the definitions are not all that was meant.
    """
    if len(wire) > MOST_DEFINITIONS:
        return [], [Problem(f"must have at most {MOST_DEFINITIONS} definitions", pointer=pointer)]
    definitions: list[Definition] = []
    problems: list[Problem] = []
    for index, one in enumerate(wire):
        definition, found = read_definition(one, pointer=f"{pointer}/{index}")
        definitions += [definition] if definition else []
        problems += found
    return definitions, problems + ids_defined_twice(wire, pointer=pointer)


def read_definition(wire: object, *, pointer: str = "") -> tuple[Definition | None, list[Problem]]:
    """One definition, or everything that is wrong with it."""
    try:
        return Definition.model_validate(wire, by_alias=True, by_name=False), []
    except ValidationError as error:
        return None, problems_of(error, wire, pointer=pointer)


def to_wire(definition: Definition) -> dict[str, Any]:
    """The definition as it can be posted again; what it leaves open is absent."""
    return definition.model_dump(mode="json", by_alias=True, exclude_none=True)


def changes(old: Definition | None, new: Definition | None) -> list[Change]:
    """What a new definition makes different; None stands for a leaderboard that is not there."""
    before, after = (one and to_wire(one) for one in (old, new))
    return list(differences(before, after))
