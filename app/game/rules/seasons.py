"""How rollovers count down a season. Pure."""

from app.game.rules.definitions import Definition

NO_SEASONS = -1


def season_length(definition: Definition) -> int:
    """The rollovers of a whole season, -1 without seasons."""
    return definition.rollovers_in_season or NO_SEASONS


def ends_season(definition: Definition, *, rollovers_remaining: int) -> bool:
    """True if the rollover that comes next is the last of a season."""
    return definition.has_seasons and rollovers_remaining <= 1


def remaining_after_rollover(definition: Definition, *, rollovers_remaining: int) -> int:
    """The count after one more rollover; a season that ends starts again."""
    if not definition.has_seasons or rollovers_remaining <= 1:
        return season_length(definition)
    return min(rollovers_remaining - 1, season_length(definition))
