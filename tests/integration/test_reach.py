"""The scores between which a large shard is read: nobody who is wanted may lie outside of them."""

import pytest
from game_world import Store
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from query_plans import most_entries_read
from settlement_builders import CYCLE, ENDED, OTHER_SHARD, RUN, SHARD, an_entry, ranked

from app.aggregations.rewards import Giving, Prize, reward_players
from app.aggregations.settlement import Moves, move_players
from app.aggregations.stages import Pipeline
from app.game.documents import EntryDocument
from app.game.rollovers.batches import Batch
from app.game.rollovers.reach import best_of_worst, worst_of_best

pytest_plugins = ["game_fixtures"]
#: The functions under test ask the database that the driver has opened.
pytestmark = pytest.mark.usefixtures("driver")

HUNDRED = {number: 1_000 - number for number in range(1, 101)}
FEW_SCORES = st.lists(st.integers(0, 5), min_size=1, max_size=12)


def a_batch(players: int, *shard_ids: str) -> Batch:
    return Batch(tier=1, players=players, shard_ids=list(shard_ids or (SHARD,)))


def shard_of(store: Store, scores: list[int], barred: list[int]) -> dict[int, int]:
    """An archived shard of these scores, with those of some who were barred; the ranks of the scores."""
    store["entries"].delete_many({})
    there = dict(enumerate(scores))
    gone = [
        an_entry(100 + number, score, state="disqualified", barred=True, rank=0)
        for number, score in enumerate(barred)
    ]
    store["entries"].insert_many([*ranked(there), *gone])
    return {score: 1 + sum(other > score for other in scores) for score in scores}


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    scores=FEW_SCORES,
    barred=st.lists(st.integers(0, 5), max_size=4),
    rank=st.one_of(st.none(), st.integers(1, 14)),
)
async def test_every_wanted_rank_lies_between_the_scores(
    store: Store, scores: list[int], barred: list[int], rank: int | None
) -> None:
    ranks = shard_of(store, scores, barred)
    batch = a_batch(len(scores))

    least, most = await worst_of_best(batch, rank), await best_of_worst(batch, rank)

    best = [score for score, its in ranks.items() if rank is None or its <= rank]
    worst = [score for score, its in ranks.items() if rank is None or its >= rank]
    assert least is None or least <= min(best)
    assert most is None or not worst or most >= max(worst)


async def test_nobody_past_the_wanted_rank_is_read_where_nobody_is_tied_or_barred(store: Store) -> None:
    store["entries"].insert_many(ranked(HUNDRED))
    batch = a_batch(100)

    assert (await worst_of_best(batch, 3), await best_of_worst(batch, 98)) == (HUNDRED[3], HUNDRED[98])


async def test_shards_that_share_a_pipeline_have_no_common_bounds(store: Store) -> None:
    store["entries"].insert_many([*ranked({1: 5}), an_entry(2, 9, rank=1, shard_id=OTHER_SHARD)])
    batch = a_batch(1, SHARD, OTHER_SHARD)

    assert (await worst_of_best(batch, 1), await best_of_worst(batch, 1)) == (None, None)


async def test_a_rank_past_the_last_player_bounds_nothing(store: Store) -> None:
    store["entries"].insert_many(ranked({1: 5, 2: 4}))
    batch = a_batch(2)

    assert (await worst_of_best(batch, 3), await best_of_worst(batch, 3)) == (None, None)


@pytest.mark.parametrize(
    ("pipeline", "most"),
    [
        (
            move_players(
                [SHARD],
                Moves(CYCLE, 1, 2, 99, promoted_score=HUNDRED[2], demoted_score=HUNDRED[99]),
            ),
            8,
        ),
        (
            reward_players(
                [SHARD],
                [Prize(1, 3, {"subject": "gold"})],
                Giving("arena", RUN, ENDED),
                least_score=HUNDRED[3],
            ),
            3,
        ),
    ],
    ids=["move", "reward"],
)
async def test_a_shard_is_read_only_where_its_winners_are(
    store: Store, pipeline: Pipeline, most: int
) -> None:
    store["entries"].create_indexes(EntryDocument.Settings.indexes)
    store["entries"].insert_many(ranked(HUNDRED))

    assert 0 < most_entries_read(store, pipeline[:-1]) <= most
