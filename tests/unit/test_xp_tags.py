"""What tags are worth."""

import pytest

from app.xp.rules.counters import NOTHING, Counters
from app.xp.rules.littercoin import earned
from app.xp.rules.tags import Brand, Tag, amounts_of, fingerprint, object_xp


@pytest.mark.parametrize(
    ("key", "type_", "xp"),
    [
        ("bottle", None, 1),
        ("dumping", "small", 10),
        ("dumping", "medium", 25),
        ("dumping", "large", 50),
        ("dumping", "huge", 1),
        ("dumping", None, 1),
        ("dumping_small", None, 10),
        ("dumpingMedium", None, 25),
        ("Large dumping", None, 50),
        ("dumping_small", "large", 10),
        ("bag_of_litter", None, 10),
        ("bagsLitter", None, 10),
        ("bags of litter", "small", 10),
        ("plastic_bag", None, 1),
        ("large", None, 1),
        ("bottle", "large", 1),
    ],
)
def test_a_thing_is_worth_what_its_key_or_its_type_says(key: str, type_: str | None, xp: int) -> None:
    assert object_xp(key, type_) == xp


def test_30_5_every_part_of_a_tag_counts() -> None:
    """Line 30.5."""
    bottles = Tag(3, "bottle", materials=["glass"], brands=[Brand("coke", 2)], custom_tags=["beach"])
    dumping = Tag(1, "dumping", "large")

    assert amounts_of([bottles, dumping]) == Counters(
        tags=3 + 3 + 2 + 3 + 1, litter=4, brands=2, materials=3, custom_tags=3, xp=68
    )


def test_30_5_what_is_picked_up_counts_with_its_quantity() -> None:
    """Line 30.5."""
    assert amounts_of([Tag(2, "bottle", picked_up=True)]).xp == 2 + 10


def test_a_tag_without_an_object_is_no_litter_and_cannot_be_picked_up() -> None:
    tag = Tag(4, materials=["glass"], brands=[Brand("coke", 2)], custom_tags=["a", "b"], picked_up=True)

    assert amounts_of([tag]) == Counters(tags=14, brands=2, materials=4, custom_tags=8, xp=8 + 6 + 8)


def test_no_tags_count_nothing() -> None:
    assert amounts_of([]) == NOTHING


def test_tags_in_another_order_are_the_same_tags() -> None:
    one = Tag(1, "bottle", materials=["glass", "paper"], brands=[Brand("a"), Brand("b")])
    same = Tag(1, "bottle", materials=["paper", "glass"], brands=[Brand("b"), Brand("a")])
    other = Tag(2, "can")

    assert fingerprint([one, other]) == fingerprint([other, same])


@pytest.mark.parametrize(
    "other",
    [Tag(2, "bottle"), Tag(1, "can"), Tag(1, "bottle", "large"), Tag(1, "bottle", picked_up=True), Tag(1)],
)
def test_other_tags_are_told_apart(other: Tag) -> None:
    assert fingerprint([Tag(1, "bottle")]) != fingerprint([other])


@pytest.mark.parametrize(
    ("progress", "photos", "left"), [(0, 99, (99, 0)), (99, 1, (0, 1)), (50, 50, (0, 1)), (99, 201, (0, 3))]
)
def test_a_hundred_photos_make_a_coin(progress: int, photos: int, left: tuple[int, int]) -> None:
    assert earned(progress, photos) == left
