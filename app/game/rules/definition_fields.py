"""The kinds of value a leaderboard definition is made of: strict, bounded, normalised when read."""

from functools import cache
from importlib.resources import files
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer, Strict, StringConstraints
from pydantic_core import PydanticCustomError

from app.kit.periods import Rollover

#: Every integer up to here is exact in a double, and so in Redis and in JavaScript.
HIGHEST_INTEGER = 2**53 - 1
MOST_TIERS = 1000

#: Unix times below are seconds, from here on milliseconds. Both reach the year 5138.
FIRST_MILLISECOND = 10**11
LAST_MILLISECOND = FIRST_MILLISECOND * 1000 - 1


def unix_millis(moment: int) -> int:
    """Unix milliseconds of a moment given in either unit; 0 for all before March 1973.

    So early a start is long past whatever the unit, and its milliseconds would read as seconds again.
    """
    millis = moment if moment >= FIRST_MILLISECOND else moment * 1000
    return millis if millis >= FIRST_MILLISECOND else 0


def _unix_seconds(moment: int | None) -> int | None:
    if not moment:
        return None
    return moment // 1000 if moment >= FIRST_MILLISECOND else moment


@cache
def _time_zones() -> frozenset[str]:
    """The IANA names. Only these are ever opened as files."""
    return frozenset(files("tzdata").joinpath("zones").read_text(encoding="utf-8").split())


def _known_zone(name: str) -> str:
    if name not in _time_zones():
        raise PydanticCustomError("time_zone", "must be an IANA time zone")
    return name


def _not_blank(text: str) -> str:
    if not text.strip():
        raise PydanticCustomError("blank", "must not be blank")
    return text


def _integer(number: object) -> object:
    if isinstance(number, bool) or not isinstance(number, int):
        raise PydanticCustomError("int_type", "Input should be a valid integer")
    return number


def _off_below_one(number: int | None) -> int | None:
    return number if number and number > 0 else None


def _off_at_zero(share: float | None) -> float | None:
    return share or None


def _unused_or_at_least(lowest: int) -> AfterValidator:
    def read(number: float | None) -> float | None:
        if number is None or number == -1:
            return None
        if number < lowest:
            raise PydanticCustomError(
                "too_low", "must be at least {lowest}, or -1 for none", {"lowest": lowest}
            )
        return number

    return AfterValidator(read)


def _shortest(share: float) -> float:
    """The number as people write it: 50, not 50.0."""
    return int(share) if share.is_integer() else share


_NotBlank = AfterValidator(_not_blank)
_Moment = Annotated[int, Strict(), Field(ge=0, le=LAST_MILLISECOND)]
_Percent = Annotated[
    float,
    Strict(),
    Field(le=100, allow_inf_nan=False),
    PlainSerializer(_shortest, return_type=int | float),
]

Name = Annotated[str, StringConstraints(strict=True, min_length=1, max_length=200), _NotBlank]
Text = Annotated[str, StringConstraints(strict=True, min_length=1, max_length=2000), _NotBlank]
Note = Annotated[str, StringConstraints(strict=True, max_length=1000)]
TimeZone = Annotated[str, StringConstraints(strict=True, max_length=64), AfterValidator(_known_zone)]
Flag = Annotated[bool, Strict()]

RolloverType = Annotated[Rollover, BeforeValidator(_integer)]
StartTime = Annotated[_Moment, AfterValidator(unix_millis)]
#: Unix seconds, as the mailbox wants them.
MailTime = Annotated[_Moment | None, AfterValidator(_unix_seconds)]

TierCount = Annotated[int, Strict(), Field(ge=1, le=MOST_TIERS)]
Tier = Annotated[int, Strict(), Field(ge=0, lt=MOST_TIERS)]
Quantity = Annotated[int, Strict(), Field(ge=1, le=HIGHEST_INTEGER)]

#: A rank or a number of players; nothing, 0 and below say that there is no such limit.
Limit = Annotated[
    Annotated[int, Strict(), Field(ge=-HIGHEST_INTEGER, le=HIGHEST_INTEGER)] | None,
    AfterValidator(_off_below_one),
]
#: Percent of a shard; 0 of a hundred is nobody, and so the same as off.
Share = Annotated[Annotated[_Percent, Field(ge=0)] | None, AfterValidator(_off_at_zero)]
#: Nothing and -1 say unused.
MinimumRank = Annotated[
    Annotated[int, Strict(), Field(ge=-1, le=HIGHEST_INTEGER)] | None, _unused_or_at_least(1)
]
MinimumPercentile = Annotated[Annotated[_Percent, Field(ge=-1)] | None, _unused_or_at_least(0)]
Rollovers = Annotated[
    Annotated[int, Strict(), Field(ge=-1, le=HIGHEST_INTEGER)] | None, _unused_or_at_least(1)
]
