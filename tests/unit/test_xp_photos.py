"""What happens to a photo, and what of it counts."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.xp.errors import PhotoDeleted, PhotoOfAnother, UnknownPhoto
from app.xp.rules.boards import Amounts, Counted, add_difference, without_nothing
from app.xp.rules.counters import NOTHING, Counters
from app.xp.rules.photos import Photo, Upload, approved, deleted, revoked, tagged, uploaded
from app.xp.rules.places import Place

NOW = datetime(2026, 3, 31, 12, tzinfo=UTC)
CORK = Place(5, 6, 7)
BERLIN = Place(8, 9, 10)
THREE = Counters(tags=3, litter=3, xp=3)


def an_upload(**fields: Any) -> Upload:
    usual = {"photo_id": 1, "user_id": 1, "place": CORK, "team_id": None, "is_school": False}
    return Upload(**{**usual, "created_at": None, **fields})


def a_photo(**fields: Any) -> Photo:
    return uploaded(None, an_upload(**fields), NOW)


def xp_of(photo: Photo) -> int:
    return photo.counted.amounts.xp if photo.counted else 0


def test_an_upload_counts_where_and_when_the_photo_was_taken() -> None:
    february = NOW - timedelta(days=40)

    photo = a_photo(created_at=february)

    assert photo.counted == Counted(1, CORK, date(2026, 2, 19), Counters(uploads=1, xp=5))


def test_an_upload_without_a_time_is_of_the_present() -> None:
    assert a_photo().created_at == NOW


def test_an_upload_told_again_changes_nothing() -> None:
    photo = tagged(a_photo(), "three", THREE)

    assert uploaded(photo, an_upload(), NOW + timedelta(days=1)) == photo


def test_a_photo_that_was_taken_elsewhere_counts_there_with_its_tags() -> None:
    moved = uploaded(tagged(a_photo(), "three", THREE), an_upload(place=BERLIN), NOW)

    assert moved.counted is not None
    assert (moved.counted.place, moved.counted.amounts.xp) == (BERLIN, 8)


@pytest.mark.parametrize("other", [{"user_id": 2}, {"team_id": 3}])
def test_a_photo_stays_with_its_user_and_team(other: dict[str, Any]) -> None:
    with pytest.raises(PhotoOfAnother):
        uploaded(a_photo(), an_upload(**other), NOW)


def test_30_6_a_school_photo_counts_while_it_is_approved() -> None:
    """Line 30.6."""
    waiting = tagged(a_photo(team_id=3, is_school=True), "three", THREE)
    approved_once = approved(waiting)

    assert xp_of(waiting) == 0
    assert xp_of(approved_once) == 8
    assert approved(approved_once) == approved_once
    assert xp_of(revoked(approved_once)) == 0
    assert xp_of(approved(revoked(approved_once))) == 8


def test_what_others_photos_count_does_not_depend_on_approval() -> None:
    photo = a_photo()

    assert xp_of(photo) == xp_of(approved(photo)) == xp_of(revoked(photo)) == 5


def test_a_deleted_photo_counts_nothing_and_does_not_come_back() -> None:
    gone = deleted(tagged(a_photo(), "three", THREE))

    assert gone.counted is None
    assert deleted(gone) == gone
    with pytest.raises(PhotoDeleted):
        uploaded(gone, an_upload(), NOW)


@pytest.mark.parametrize("photo", [None, replace(a_photo(), is_deleted=True)])
def test_what_is_not_there_cannot_be_changed(photo: Photo | None) -> None:
    for change in (lambda one: tagged(one, "", NOTHING), approved, revoked):
        with pytest.raises(UnknownPhoto):
            change(photo)


def test_a_photo_that_never_was_cannot_be_deleted() -> None:
    with pytest.raises(UnknownPhoto):
        deleted(None)


@pytest.mark.parametrize(
    ("place", "rows"), [(CORK, 40), (Place(5), 20), (Place(5, 6), 30), (Place(5, None, 7), 30), (Place(), 10)]
)
def test_30_4_a_photo_stands_in_a_row_of_its_user_and_of_everybody_per_scope_and_window(
    place: Place, rows: int
) -> None:
    """Line 30.4."""
    amounts: Amounts = {}

    add_difference(amounts, None, a_photo(place=place).counted)

    assert len(amounts) == rows


COUNTED = st.none() | st.builds(
    Counted,
    user_id=st.integers(1, 2),
    place=st.sampled_from([CORK, BERLIN, Place(5), Place(5, 9, 7)]),
    day=st.sampled_from([date(2026, 3, 31), date(2026, 3, 30), date(2026, 1, 1)]),
    amounts=st.builds(Counters, uploads=st.just(1), xp=st.integers(5, 9)),
)


@given(st.lists(COUNTED, max_size=6))
def test_differences_add_up_to_what_stands_at_the_end(states: list[Counted | None]) -> None:
    total: Amounts = {}
    for before, after in zip([None, *states], states, strict=False):
        add_difference(total, before, after)
    expected: Amounts = {}
    add_difference(expected, None, states[-1] if states else None)

    assert without_nothing(total) == expected
