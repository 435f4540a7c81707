"""Who changes tier when a cycle ends."""

from fractions import Fraction
from typing import Any, NamedTuple

import pytest
from definition_builders import a_tier_rule
from hypothesis import given
from hypothesis import strategies as st

from app.game.rules.definition_tiers import TierRule
from app.game.rules.promotion import Cuts, TierMove, cuts

TOP = 4
MIDDLE = 2

ranks = st.integers(1, 60)
scores = st.integers(0, 3)
limits = st.none() | st.integers(-1, 60)
shares = st.none() | st.integers(0, 100) | st.decimals(0, 100, places=1).map(float)


def a_rule(tier: int = MIDDLE, **overrides: Any) -> TierRule:
    return TierRule.model_validate(a_tier_rule(tier, **overrides))


def moves(rule: TierRule, points: list[int], *, top_tier: int = TOP) -> str:
    """What happens to players of these scores, best first: `^` up, `v` down, `-` neither."""
    cut = cuts(rule, players=len(points), top_tier=top_tier)
    ranked = [(1 + sum(other > score for other in points), score) for score in points]
    return "".join(_SIGNS[cut.move(rank=rank, score=score)] for rank, score in ranked)


_SIGNS = {TierMove.UP: "^", TierMove.STAY: "-", TierMove.DOWN: "v"}
TEN = list(range(100, 0, -10))


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (a_rule(), "----------"),
        (a_rule(promotionRank=5), "^^^^^-----"),
        (a_rule(promotionRank=50), "^^^^^^^^^^"),  # fewer players than promotions
        (a_rule(demotionRank=8), "-------vvv"),
        (a_rule(demotionRank=11), "----------"),
        (a_rule(demotionRank=1), "vvvvvvvvvv"),
        (a_rule(promotionRank=5, demotionRank=8), "^^^^^--vvv"),
        (a_rule(promotionRank=7, demotionRank=8), "^^^^^^^vvv"),
    ],
)
def test_ranks_up_to_the_one_cut_go_up_and_from_the_other_go_down(rule: TierRule, expected: str) -> None:
    assert moves(rule, TEN) == expected


@pytest.mark.parametrize("off", [0, -1, -7, None])
def test_a_rank_below_one_is_off_both_ways(off: int | None) -> None:
    assert moves(a_rule(promotionRank=off, demotionRank=off), TEN) == "----------"


@pytest.mark.parametrize(
    ("points", "expected"),
    [
        ([50, 40, 40, 40, 30], "^^^^-"),  # 1, 2, 2, 2, 5: four are third or better
        ([50, 50, 50, 50, 30], "^^^^-"),
        ([50, 40, 30, 30, 30], "^^^^^"),  # 1, 2, 3, 3, 3
        ([40, 40, 40, 30, 20], "^^^--"),  # 1, 1, 1, 4, 5
    ],
)
def test_equal_scores_share_a_rank_and_are_promoted_together(points: list[int], expected: str) -> None:
    assert moves(a_rule(promotionRank=3), points) == expected


@pytest.mark.parametrize(
    ("points", "expected"),
    [
        ([50, 40, 30, 20, 20], "---vv"),  # 1, 2, 3, 4, 4
        ([50, 40, 20, 20, 20], "-----"),  # 1, 2, 3, 3, 3: nobody is fourth
        ([50, 40, 40, 40, 30], "----v"),
    ],
)
def test_equal_scores_share_a_rank_and_are_demoted_together(points: list[int], expected: str) -> None:
    assert moves(a_rule(demotionRank=4), points) == expected


def test_a_score_of_zero_is_never_promoted() -> None:
    assert moves(a_rule(promotionRank=5), [9, 8, 7, 0, 0, 0, 0, 0, 0, 0]) == "^^^-------"


def test_a_score_of_zero_may_be_demoted() -> None:
    assert moves(a_rule(demotionRank=3), [9, 8, 0, 0]) == "--vv"


def test_a_score_of_zero_within_the_promoted_ranks_is_demoted_if_all_are_out_of_both() -> None:
    # Rank 1 is within the promoted ranks and outside the demoted ones.
    assert moves(a_rule(promotionRank=1, demotionRank=2), [0, 0]) == "--"


def test_tier_0_demotes_nobody() -> None:
    assert moves(a_rule(0, promotionRank=2, demotionRank=8), TEN) == "^^--------"


def test_tier_0_demotes_nobody_by_percentage() -> None:
    assert moves(a_rule(0, demotionPercentage=100), TEN) == "----------"


def test_the_top_tier_promotes_nobody() -> None:
    assert moves(a_rule(TOP, promotionRank=2, demotionRank=8), TEN) == "-------vvv"


def test_the_top_tier_promotes_nobody_by_percentage() -> None:
    assert moves(a_rule(TOP, promotionPercentage=100), TEN) == "----------"


def test_a_single_tier_moves_nobody() -> None:
    assert moves(a_rule(0, promotionRank=2, demotionRank=8), TEN, top_tier=0) == "----------"


@pytest.mark.parametrize(
    ("share", "players", "expected"),
    [
        (0, 10, 0),
        (50, 10, 5),
        (100, 10, 10),
        (10, 9, 0),  # nine tenths of a player
        (10, 19, 1),
        (33, 10, 3),
        (33.3, 1000, 333),
        (0.1, 1000, 1),  # 0.1 as written, not the double a little above or below it
        (0.3, 1000, 3),
        (12.5, 8, 1),
        (100, 1, 1),
        (99, 1, 0),
    ],
)
def test_a_percentage_moves_that_share_of_the_shard_rounded_down(
    share: float, players: int, expected: int
) -> None:
    points = list(range(players, 0, -1))

    assert moves(a_rule(promotionPercentage=share), points) == "^" * expected + "-" * (players - expected)
    assert moves(a_rule(demotionPercentage=share), points) == "-" * (players - expected) + "v" * expected


def test_a_rank_that_is_on_goes_before_the_percentage() -> None:
    rule = a_rule(promotionRank=1, promotionPercentage=50, demotionRank=10, demotionPercentage=50)

    assert moves(rule, TEN) == "^--------v"


@pytest.mark.parametrize("off", [0, -1, None])
def test_a_rank_that_is_off_leaves_it_to_the_percentage(off: int | None) -> None:
    rule = a_rule(promotionRank=off, promotionPercentage=20, demotionRank=off, demotionPercentage=30)

    assert moves(rule, TEN) == "^^-----vvv"


def test_whoever_is_in_both_shares_goes_up() -> None:
    assert moves(a_rule(promotionPercentage=60, demotionPercentage=60), TEN) == "^^^^^^vvvv"


class Wishes(NamedTuple):
    """What a tier says about moving, as it is posted, and where among the tiers it is."""

    tier: int
    top_tier: int
    promotion: int | None
    demotion: int | None
    up: float | None
    down: float | None

    def rule(self) -> TierRule:
        return a_rule(
            self.tier,
            promotionRank=self.promotion,
            demotionRank=self.demotion,
            promotionPercentage=self.up,
            demotionPercentage=self.down,
        )

    def are_valid(self) -> bool:
        both = _is_on(self.promotion) and _is_on(self.demotion)
        return self.tier <= self.top_tier and not (both and (self.promotion or 0) >= (self.demotion or 0))

    def move(self, score: int, points: list[int]) -> TierMove:
        """Where one player of the shard goes."""
        if self._goes_up(score, points):
            return TierMove.UP
        return TierMove.DOWN if self._goes_down(score, points) else TierMove.STAY

    def _goes_up(self, score: int, points: list[int]) -> bool:
        if self.tier == self.top_tier or score == 0:
            return False
        place = 1 + sum(other > score for other in points)
        if self.promotion is not None and self.promotion > 0:
            return place <= self.promotion
        return _percent_of(place, points) <= _exact(self.up)

    def _goes_down(self, score: int, points: list[int]) -> bool:
        if self.tier == 0:
            return False
        better = sum(other > score for other in points)
        if self.demotion is not None and self.demotion > 0:
            return better + 1 >= self.demotion
        # Counted from the end, where the last place is the first.
        return _percent_of(len(points) - better, points) <= _exact(self.down)


def _is_on(rank: int | None) -> bool:
    return rank is not None and rank > 0


def _percent_of(places: int, points: list[int]) -> Fraction:
    return Fraction(100 * places, len(points))


def _exact(share: float | None) -> Fraction:
    return Fraction(str(share or 0))


wishes = st.builds(Wishes, st.integers(0, 3), st.integers(0, 3), limits, limits, shares, shares)


@given(wished=wishes.filter(Wishes.are_valid), points=st.lists(st.integers(0, 5), max_size=40))
def test_any_shard_moves_as_each_player_by_itself_would(wished: Wishes, points: list[int]) -> None:
    cut = cuts(wished.rule(), players=len(points), top_tier=wished.top_tier)

    for score in points:
        rank = 1 + sum(other > score for other in points)
        assert cut.move(rank=rank, score=score) is wished.move(score, points)


@given(
    promote=st.none() | st.integers(1, 60), demote=st.none() | st.integers(1, 60), rank=ranks, score=scores
)
def test_nobody_moves_more_than_one_tier(
    promote: int | None, demote: int | None, rank: int, score: int
) -> None:
    assert abs(Cuts(promote, demote).move(rank=rank, score=score).value) <= 1
