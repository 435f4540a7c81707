"""What a winner gets, as the rules of a leaderboard say it."""

from typing import Annotated

from pydantic import (
    AfterValidator,
    AliasChoices,
    AliasGenerator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
)
from pydantic.alias_generators import to_camel, to_pascal
from pydantic_core import PydanticCustomError

from app.game.rules.definition_fields import (
    Flag,
    MailTime,
    MinimumPercentile,
    MinimumRank,
    Name,
    Note,
    Quantity,
    Text,
)

MOST_ATTACHMENTS = 100
#: Concerns the reward as a whole, whichever field it is found at.
NO_THRESHOLD = "no_threshold"


def _either_case(name: str) -> AliasChoices:
    return AliasChoices(to_camel(name), to_pascal(name))


_READ_IN_EITHER_CASE = ConfigDict(
    frozen=True,
    extra="forbid",
    populate_by_name=True,
    alias_generator=AliasGenerator(validation_alias=_either_case, serialization_alias=to_camel),
)


class Attachment(BaseModel):
    """One kind of item that comes with a reward, and how many of it."""

    model_config = _READ_IN_EITHER_CASE

    type: Name = Field(description="kind of item, as the game names it")
    reward_id: Name = Field(description="which item of that kind")
    quantity: Quantity = Field(description="how many")


def _not_empty(attachments: tuple[Attachment, ...]) -> tuple[Attachment, ...]:
    if not attachments:
        raise PydanticCustomError("empty", "must have at least one item")
    return attachments


#: Not min_length: that counts only the valid ones, and calls a list with a faulty item empty.
Attachments = Annotated[
    tuple[Attachment, ...],
    Field(max_length=MOST_ATTACHMENTS, json_schema_extra={"minItems": 1}),
    AfterValidator(_not_empty),
]


class Reward(BaseModel):
    """A message with items, sent to a winner's mailbox."""

    model_config = _READ_IN_EITHER_CASE

    subject: Name = Field(description="subject of the message, or its localisation key")
    body: Text = Field(description="text of the message, or its localisation key")
    banner: Note | None = Field(None, description="image above the message")
    icon: Note | None = Field(None, description="image in the list of messages")
    internal_note: Note | None = Field(None, description="for support staff; players never see it")
    minimum_rank: MinimumRank = Field(None, description="worst rank that gets it; -1 or absent: unused")
    minimum_percentile: MinimumPercentile = Field(
        None, description="lowest percentile that gets it, 0 is everybody; -1 or absent: unused"
    )
    guild_reward: Flag = Field(default=False, description="true: for guild shards; false: for all others")
    visible_from: MailTime = Field(None, description="unix seconds; absent: as soon as it is won")
    expiration: MailTime = Field(None, description="unix seconds; absent: a month after it is won")
    attachments: Attachments = Field(description="the items")


class RankedReward(Reward):
    """A reward for a place in the shard: it has a minimum rank, a minimum percentile, or both."""

    minimum_percentile: MinimumPercentile = Field(
        None,
        validate_default=True,
        description="lowest percentile that gets it, 0 is everybody; -1 or absent: unused",
    )

    @field_validator("minimum_percentile")
    @classmethod
    def _has_a_threshold(cls, percentile: float | None, info: ValidationInfo) -> float | None:
        # A rank that is itself at fault is not in info.data and has its own problem.
        if percentile is None and info.data.get("minimum_rank", 1) is None:
            raise PydanticCustomError(NO_THRESHOLD, "must have a minimumRank or a minimumPercentile")
        return percentile
