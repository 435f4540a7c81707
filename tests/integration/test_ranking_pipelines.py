"""How a rollover ranks and seals the entries of a cycle, five rows at a time."""

import pytest
from game_world import Json, Store, account
from settlement_builders import (
    NEXT_SHARD,
    OTHER_SHARD,
    SHARD,
    an_entry,
    column,
    keep,
    ranked,
    run,
    run_late,
)

from app.aggregations.settlement import (
    RECEIPTS,
    UNRANKED,
    copy_receipts,
    count_ranked,
    left_over,
    rank_and_seal,
)
from app.game.disqualifications import turn_into
from app.game.documents import EntryState

pytest_plugins = ["game_fixtures"]

FIVE = {1: 50, 2: 40, 3: 30, 4: 20, 5: 10}


def test_equal_scores_get_one_rank_and_the_next_skips(store: Store) -> None:
    keep(store, entries=[an_entry(n, score) for n, score in {1: 90, 2: 100, 3: 90, 4: 80, 5: 90}.items()])

    run(store, rank_and_seal([SHARD]))

    assert column(store, "entries", "rank", "state") == {
        1: (2, "sealed"),
        2: (1, "sealed"),
        3: (2, "sealed"),
        4: (5, "sealed"),
        5: (2, "sealed"),
    }


def test_each_shard_is_ranked_by_itself(store: Store) -> None:
    keep(
        store,
        entries=[
            an_entry(1, 10),
            an_entry(2, 20),
            an_entry(3, 30, shard_id=OTHER_SHARD),
            an_entry(4, 5, shard_id=OTHER_SHARD),
        ],
    )

    run(store, rank_and_seal([SHARD, OTHER_SHARD]))

    assert column(store, "entries", "rank") == {1: 2, 2: 1, 3: 1, 4: 2}


def test_a_shard_that_was_not_named_stays_open(store: Store) -> None:
    keep(store, entries=[an_entry(1, 10), an_entry(2, 20, shard_id=OTHER_SHARD)])

    run(store, rank_and_seal([SHARD]))

    assert column(store, "entries", "state") == {1: "sealed", 2: "open"}


@pytest.mark.parametrize("state", ["disqualified", "pending"])
def test_whoever_does_not_compete_gets_no_rank_and_takes_none(store: Store, state: str) -> None:
    keep(store, entries=[an_entry(1, 10), an_entry(2, 99, state=state), an_entry(3, 5)])

    run(store, rank_and_seal([SHARD]))

    assert column(store, "entries", "rank", "state") == {1: (1, "sealed"), 2: (None, state), 3: (2, "sealed")}


def test_an_entry_that_changed_since_it_was_ranked_stays_open(store: Store) -> None:
    keep(store, entries=[an_entry(1, 10), an_entry(2, 20)])

    def scores() -> None:
        store["entries"].update_one(
            {"account_id": account(1)}, {"$inc": {"score": 90, "version": 1}}, upsert=False
        )

    run_late(store, rank_and_seal([SHARD]), meanwhile=scores)

    assert column(store, "entries", "score", "rank", "state") == {
        1: (100, None, "open"),
        2: (20, 1, "sealed"),
    }


def test_ranking_again_ranks_what_changed_and_corrects_the_others(store: Store) -> None:
    keep(store, entries=[an_entry(1, 100, version=4), an_entry(2, 20, rank=1)])

    run(store, rank_and_seal([SHARD]))

    assert column(store, "entries", "rank", "state") == {1: (1, "sealed"), 2: (2, "sealed")}


def test_an_entry_that_was_disqualified_since_it_was_ranked_is_not_sealed(store: Store) -> None:
    keep(store, entries=[an_entry(1, 10), an_entry(2, 20)])

    def bar() -> None:
        store["entries"].update_one({"account_id": account(2)}, turn_into(EntryState.DISQUALIFIED, now_ms=0))

    run_late(store, rank_and_seal([SHARD]), meanwhile=bar)

    assert column(store, "entries", "state") == {1: "sealed", 2: "disqualified"}


def test_an_entry_that_was_removed_since_it_was_ranked_does_not_come_back(store: Store) -> None:
    keep(store, entries=[an_entry(1, 10), an_entry(2, 20)])

    run_late(
        store,
        rank_and_seal([SHARD]),
        meanwhile=lambda: store["entries"].delete_one({"account_id": account(2)}),
    )

    assert column(store, "entries", "state") == {1: "sealed"}


def test_ranking_changes_no_score_and_no_version(store: Store) -> None:
    keep(store, entries=[an_entry(number, score) for number, score in FIVE.items()])
    before = column(store, "entries", "score", "version", "last_updated")

    run(store, rank_and_seal([SHARD]))

    assert column(store, "entries", "score", "version", "last_updated") == before


def test_players_are_counted_by_shard_without_the_barred(store: Store) -> None:
    barred = an_entry(7, 5, rank=0, state="disqualified", barred=True)
    keep(store, entries=[*ranked(FIVE), an_entry(6, 5, rank=1, shard_id=OTHER_SHARD), barred])

    rows = run(store, count_ranked([SHARD, OTHER_SHARD, NEXT_SHARD]))

    assert {row["_id"]: row["players"] for row in rows} == {SHARD: 5, OTHER_SHARD: 1}


@pytest.mark.parametrize(
    ("entry", "left"),
    [
        (an_entry(1, 5, rank=1), set()),
        (an_entry(1, 5), {UNRANKED}),
        (an_entry(1, 5, receipts=[{"_id": "a"}]), {UNRANKED}),
        (an_entry(1, 5, rank=1, receipts=[{"_id": "a"}]), {RECEIPTS}),
        (an_entry(1, 5, state="disqualified", barred=True), {UNRANKED}),
        (an_entry(1, 5, rank=0, state="disqualified", barred=True), set()),
    ],
    ids=["sealed", "open", "open with a receipt", "sealed with a receipt", "barred", "ruled out"],
)
def test_what_ranking_has_left_is_told(store: Store, entry: Json, left: set[str]) -> None:
    keep(store, entries=[entry, an_entry(2, 9, rank=1)])

    assert {row["_id"] for row in run(store, left_over([SHARD]))} == left


def test_receipts_leave_the_sealed_entries_for_the_receipts(store: Store) -> None:
    held = [{"_id": "a", "answer": 1}, {"_id": "b", "answer": 2}]
    keep(store, entries=[an_entry(1, 5, rank=1, receipts=held), an_entry(2, 5, receipts=[{"_id": "open"}])])
    store["receipts"].insert_one({"_id": "b", "answer": "was there"})

    run(store, copy_receipts([SHARD]))

    assert {row["_id"]: row["answer"] for row in store["receipts"].find()} == {"a": 1, "b": "was there"}
