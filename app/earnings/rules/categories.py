"""What a category means when diamonds are recorded, and when a leaderboard is asked for."""

from collections.abc import Sequence

from app.aggregations.earnings import PARTS_OF_GIFTS, Category

ALL = "all"
DEFAULT = (Category.VIEWS, Category.GIFTS, Category.CHAT)


def recorded_under(category: Category) -> Sequence[Category]:
    """The categories that count a gift of this one."""
    return (category, Category.GIFTS) if category in PARTS_OF_GIFTS else (category,)


def asked_for(text: str | None) -> tuple[Category, ...]:
    """The categories that a request names, separated by commas or as `all`; ValueError if one is none."""
    if text is None:
        return DEFAULT
    if text == ALL:
        return tuple(Category)
    named = {Category(name) for name in text.split(",")}
    return tuple(one for one in Category if one in named)
