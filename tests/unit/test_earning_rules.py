"""What counts where and when: categories, windows, parts of an hour, ranks."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from bson import ObjectId
from game_world import account
from hypothesis import given
from hypothesis import strategies as st

from app.aggregations.earnings import Category, SessionEarnings
from app.earnings.rules.categories import DEFAULT, asked_for, recorded_under
from app.earnings.rules.earning import Earning, Hour, increments
from app.earnings.rules.lines import line_of
from app.earnings.rules.parts import MOST_PARTS, STEP_BYTES, part_of, parts_for, parts_with
from app.earnings.rules.ranks import Totals
from app.earnings.rules.windows import SessionTimes, hours_of

DAY = timedelta(days=1)


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """An instant of March 2026."""
    return datetime(2026, 3, day, hour, minute, tzinfo=UTC)


NOW = at(20, 12, 30)
STREAMER, SESSION = ObjectId(), ObjectId()


def an_earning(category: Category, diamonds: int = 5, viewer: int = 7) -> Earning:
    return Earning("e", STREAMER, SESSION, ObjectId(account(viewer)), category, diamonds, NOW)


@pytest.mark.parametrize("category", [Category.KARAOKE, Category.SHOW])
def test_karaoke_and_show_count_under_gifts_too(category: Category) -> None:
    assert recorded_under(category) == (category, Category.GIFTS)


def test_other_categories_count_by_themselves() -> None:
    for category in (Category.VIEWS, Category.GIFTS, Category.CHAT, Category.EXCLUSIVE):
        assert recorded_under(category) == (category,)


def test_what_is_asked_for_is_a_set_in_one_order() -> None:
    assert asked_for("chat,views,chat") == (Category.VIEWS, Category.CHAT)
    assert asked_for("all") == tuple(Category)
    assert asked_for(None) == DEFAULT


def test_a_category_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="gift"):
        asked_for("views,gift")


def test_revenue_counts_a_karaoke_gift_once() -> None:
    (added,) = increments([an_earning(Category.KARAOKE), an_earning(Category.VIEWS)], _one_part()).values()

    assert added["revenue"] == 10


def test_diamonds_of_one_viewer_are_added_up() -> None:
    ((part, added),) = increments([an_earning(Category.GIFTS)] * 3, _one_part()).items()

    assert (part.hour.time, part.number) == (at(20, 12), 0)
    assert added == {f"breakdown.stream:gifts:{SESSION}.{account(7)}.total": 15, "revenue": 15}


@pytest.mark.parametrize(
    ("started", "ended", "days", "first", "last"),
    [
        (at(20, 9, 45), None, 1, at(20, 9), None),
        (at(20, 9, 45), at(20, 11, 10), 1, at(20, 9), at(20, 12, 10)),
        (at(1, 9, 45), None, 1, at(19, 12), None),
        (at(1, 9, 45), None, 7, at(13, 12), None),
        (at(1, 9, 45), None, 30, at(1, 9), None),
        # Counted from its own end, whenever it is asked for.
        (at(1, 9, 45), at(4, 9, 15), 1, at(3, 10), at(4, 10, 15)),
    ],
)
def test_a_window_goes_from_the_hour_of_the_start_to_an_hour_after_the_end(
    started: datetime, ended: datetime | None, days: int, first: datetime, last: datetime | None
) -> None:
    hours = hours_of(SessionTimes(started, ended), days=days, now=NOW)

    assert (hours.first, hours.last) == (first, last)


def test_a_session_that_was_never_shown_has_no_times() -> None:
    assert SessionTimes.of(None, None) is None


def test_nothing_is_awaited_an_hour_after_the_end() -> None:
    times = SessionTimes(at(1, 9), at(1, 10))

    assert [times.is_closed(at(1, 10, 59)), times.is_closed(at(1, 11))] == [False, True]
    assert not SessionTimes(at(1, 9)).is_closed(NOW)


def test_an_hour_has_one_part_until_that_has_grown() -> None:
    sizes = [0, STEP_BYTES - 1, STEP_BYTES, 2 * STEP_BYTES, 100 * STEP_BYTES]

    assert [parts_for(size) for size in sizes] == [1, 1, 2, 4, MOST_PARTS]


@given(st.integers(0, 2**96 - 1), st.integers(0, 8))
def test_a_viewer_is_found_in_whatever_part_was_chosen(viewer: int, doublings: int) -> None:
    part = part_of(account(viewer), 1 << doublings)

    assert part < 1 << doublings
    assert part in parts_with(account(viewer))


@given(st.lists(st.integers(0, 60), max_size=40), st.integers(0, 61))
def test_a_rank_is_one_more_than_how_many_have_more(totals: list[int], own: int) -> None:
    rows = [(total, totals.count(total)) for total in sorted(set(totals), reverse=True)]
    ahead = [total for total in totals if total > own]

    found = Totals(rows)

    assert found.rank_of(own) == 1 + len(ahead)
    assert found.to_next(own) == (min(ahead) - own if ahead else None)


PARTS = {"karaoke": 5, "show": 6}
EVERYTHING = Counter(dict(zip(Category, (1, 20, 300, 4_000, 5, 6), strict=True)))


@pytest.mark.parametrize(
    ("categories", "amounts"),
    [
        ("all", {"total": 4321, "views": 301, "gifts": 9, "chat": 300, "exclusive": 4000, **PARTS}),
        ("views", {"total": 1, "views": 1}),
        ("chat", {"total": 300, "views": 300, "chat": 300}),
        ("gifts", {"total": 20, "gifts": 9, **PARTS}),
        ("karaoke,show", PARTS),
    ],
)
def test_a_line_shows_chat_among_views_and_gifts_without_their_parts(
    categories: str, amounts: dict[str, int]
) -> None:
    asked = SessionEarnings(STREAMER, str(SESSION), NOW, None, asked_for(categories))
    nothing = {"total": 0, **{category.value: 0 for category in Category}}

    assert line_of("me", EVERYTHING, asked) == {"id": "me", **nothing, **amounts}


def _one_part() -> dict[Hour, int]:
    return {an_earning(Category.GIFTS).hour: 1}
