"""Everything that is wrong with a definition, place by place, without repeating what was sent."""

from collections.abc import Iterator, Mapping, Sequence

from pydantic import ValidationError

from app.game.rules.definition_fields import HIGHEST_INTEGER, MOST_TIERS
from app.game.rules.definition_rewards import NO_THRESHOLD
from app.game.rules.definition_tiers import Fault, TierOutline, tier_faults
from app.kit.errors import Problem

#: The model's own error about its tiers; here the fault of each tier stands instead.
TIERS_DISAGREE = "tiers"
#: An unknown field with a longer name is reported at the object that has it.
LONGEST_NAME = 64

_MESSAGES = {
    "missing": "is required",
    "extra_forbidden": "is not a field of this object",
    "model_type": "must be an object",
    "tuple_type": "must be a list",
    "too_long": "must have {max_length} items or fewer",
}


def problems_of(error: ValidationError, wire: object, *, pointer: str) -> list[Problem]:
    """What the fields say about themselves, then what the tiers say about each other.

    The second is found from as much as can be read, so that one request shows everything.
    """
    faults = [*_field_faults(error), *_tier_faults(wire)]
    return [Problem(fault.detail, pointer=pointer + _pointer(fault.path)) for fault in faults]


def ids_defined_twice(wire: Sequence[object], *, pointer: str) -> list[Problem]:
    """A problem for each definition whose id an earlier one has."""
    ids = [one.get("leaderboardId") if isinstance(one, Mapping) else None for one in wire]
    first = {name: index for index, name in reversed(list(enumerate(ids))) if isinstance(name, str)}
    return [
        Problem("another definition has this id", pointer=f"{pointer}/{index}/leaderboardId")
        for index, name in enumerate(ids)
        if isinstance(name, str) and first[name] != index
    ]


def _field_faults(error: ValidationError) -> Iterator[Fault]:
    for found in error.errors(include_url=False, include_input=False):
        kind, path = found["type"], found["loc"]
        if kind == TIERS_DISAGREE:
            continue
        if kind == NO_THRESHOLD or (path and len(str(path[-1])) > LONGEST_NAME):
            path = path[:-1]
        ours = _MESSAGES.get(kind)
        yield Fault(path, ours.format(**found.get("ctx", {})) if ours else found["msg"])


def _tier_faults(wire: object) -> Iterator[Fault]:
    rules = wire.get("tierRules") if isinstance(wire, Mapping) else None
    if not isinstance(wire, Mapping) or not isinstance(rules, list):
        return iter(())
    tier_count = _integer_up_to(MOST_TIERS, wire.get("tierCount"))
    return tier_faults(
        [_outline(rule) for rule in rules],
        tier_count=tier_count or None,
        has_seasons=(_integer_up_to(HIGHEST_INTEGER, wire.get("rolloversInSeason")) or 0) > 0,
    )


def _outline(rule: object) -> TierOutline:
    if not isinstance(rule, Mapping):
        # Being no object is its problem; a missing reward would be a second one about nothing.
        return TierOutline(tier=None, has_seasonal_reward=True)
    return TierOutline(
        tier=_integer_up_to(MOST_TIERS - 1, rule.get("tier")),
        has_seasonal_reward=rule.get("seasonalReward") is not None,
    )


def _integer_up_to(highest: int, number: object) -> int | None:
    if isinstance(number, bool) or not isinstance(number, int):
        return None
    return number if 0 <= number <= highest else None


def _pointer(path: Sequence[str | int]) -> str:
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in path)
