"""How lines are spelt for Redis and read back."""

import pytest

from app.ranking.index import Change, RankedLine, StoredLine
from app.ranking.keys import board_keys, time_text
from app.ranking.lines import newest_by_board, read_ranked, read_stored, spell_changes


def ranks_of(scores: str, **window: int) -> list[int]:
    text = " ".join(f"{0:012x}{at} {score}" for at, score in enumerate(scores.split()))
    return [one.rank for one in read_ranked(text.encode(), **window)]


def test_a_board_has_one_hash_tag() -> None:
    assert {key[: key.index("}")] for key in board_keys("b1")} == {"laurel:rank:{b1"}


def test_times_sort_as_text_like_as_numbers() -> None:
    times = [0, 15, 16, 999, 1_760_000_000_000, 2**48 - 1]

    assert sorted(map(time_text, times)) == [time_text(at) for at in times]


def test_a_change_is_spelt_with_minus_the_score() -> None:
    assert spell_changes([Change("b", "ann", 3, 70, 255)]) == ["ann", 3, -70, "0000000000ff"]


def test_an_absent_line_is_spelt_without_a_time() -> None:
    assert spell_changes([Change("b", "ann", 3, 70, 255, present=False)]) == ["ann", 3, -70, ""]


def test_only_the_newest_change_of_a_line_is_sent() -> None:
    old, new, newest = (Change("b", "ann", version, 1, 1) for version in (1, 2, 3))

    assert newest_by_board([new, newest, old]) == {"b": [newest]}


def test_changes_are_grouped_by_board() -> None:
    one, two, three = Change("b1", "ann", 1, 1, 1), Change("b2", "ann", 1, 1, 1), Change("b1", "bob", 1, 1, 1)

    assert newest_by_board([one, two, three]) == {"b1": [one, three], "b2": [two]}


def test_a_window_is_read_line_by_line() -> None:
    assert read_ranked(b"0000000000ffann -70 000000000100bob 0") == [
        RankedLine(1, "ann", 70, 255),
        RankedLine(2, "bob", 0, 256),
    ]


def test_an_empty_window_has_no_lines() -> None:
    assert read_ranked(b"") == []


def test_equal_scores_share_a_rank() -> None:
    assert ranks_of("-100 -90 -90 -90 -80") == [1, 2, 2, 2, 5]


def test_a_window_further_down_goes_on_from_its_position() -> None:
    assert ranks_of("-9 -9 -8 -7 -7", position=31, rank=28) == [28, 28, 33, 34, 34]


@pytest.mark.parametrize(
    ("word", "score"),
    [
        ("0", 0),
        ("-0", 0),
        ("-1e+15", 10**15),
        ("-1.76e+15", 1_760_000_000_000_000),
        ("-9007199254740991", 2**53 - 1),
    ],
)
def test_every_spelling_of_a_score_is_exact(word: str, score: int) -> None:
    (line,) = read_ranked(f"000000000000ann {word}".encode())

    assert line.score == score


def test_stored_lines_come_in_groups_of_four_words() -> None:
    words = [b"ann", b"3", b"0000000000ff", b"-70", b"bob", b"1", b"000000000100", b"0"]

    assert read_stored(words) == [StoredLine("ann", 3, 70, 255), StoredLine("bob", 1, 0, 256)]
