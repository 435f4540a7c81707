"""Who changes tier when a cycle ends. Pure."""

from dataclasses import dataclass
from enum import Enum
from fractions import Fraction

from app.game.rules.definition_tiers import TierRule

PERCENT = 100


class TierMove(Enum):
    """By how many tiers a rollover moves a player."""

    DOWN = -1
    STAY = 0
    UP = 1


@dataclass(frozen=True, slots=True)
class Cuts:
    """The ranks at which players of one shard move: up to `promote_through`, down from `demote_from`.

    None: nobody moves that way.
    """

    promote_through: int | None
    demote_from: int | None

    def move(self, *, rank: int, score: int) -> TierMove:
        """Where a rank and score lead. Who did not score is not promoted; promotion goes before demotion."""
        if self.promote_through is not None and rank <= self.promote_through and score > 0:
            return TierMove.UP
        if self.demote_from is not None and rank >= self.demote_from:
            return TierMove.DOWN
        return TierMove.STAY


def cuts(rule: TierRule, *, players: int, top_tier: int) -> Cuts:
    """The cuts of a public shard of that many players. Tier 0 demotes nobody, the top promotes nobody.

    A percentage counts only where the rank is off: a share of the players, rounded down, moves.
    """
    promote = rule.promotion_rank or _share(rule.promotion_percentage, players) or None
    moved_down = _share(rule.demotion_percentage, players)
    demote = rule.demotion_rank or (players - moved_down + 1 if moved_down else None)
    return Cuts(
        promote_through=promote if rule.tier < top_tier else None,
        demote_from=demote if rule.tier > 0 else None,
    )


def _share(percentage: float | None, players: int) -> int:
    # A decimal such as 0.1 is meant as it is written, not as the double next to it.
    return int(Fraction(str(percentage or 0)) * players / PERCENT)
