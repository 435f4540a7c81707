"""Numbers and places as people read them."""

import pytest

from app.web.words import flag, ordinal, remaining, thousands


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (1, "1st"),
        (2, "2nd"),
        (3, "3rd"),
        (4, "4th"),
        (11, "11th"),
        (12, "12th"),
        (13, "13th"),
        (21, "21st"),
        (101, "101st"),
        (111, "111th"),
        (1_022, "1,022nd"),
    ],
)
def test_a_rank_is_an_ordinal(number: int, text: str) -> None:
    assert ordinal(number) == text


def test_thousands_have_commas() -> None:
    assert thousands(1_234_567) == "1,234,567"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0:00"), (729, "12:09"), (3_600, "1 h 0 min"), (18_420, "5 h 7 min"), (273_600, "3 d 4 h")],
)
def test_a_time_has_its_two_largest_parts(seconds: int, text: str) -> None:
    assert remaining(seconds) == text


@pytest.mark.parametrize(
    ("country", "text"), [("ie", "🇮🇪"), ("PT", "🇵🇹"), ("i1", ""), ("irl", ""), (None, "")]
)
def test_a_country_of_two_letters_has_a_flag(country: str | None, text: str) -> None:
    assert flag(country) == text
