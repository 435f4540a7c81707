import re

import pytest

from app.kit.paging import Listing, Page

FEED = Listing("/feeds/a")


def pages(links: str) -> dict[str, int]:
    """The page that each link leads to."""
    return {rel: int(page) for page, rel in re.findall(r'page=(\d+)[^>]*>; rel="(\w+)"', links)}


@pytest.mark.parametrize(
    ("page", "limit", "total", "expected"),
    [
        (2, 15, 40, {"first": 1, "prev": 1, "next": 3, "last": 3}),
        (1, 15, 40, {"first": 1, "next": 2, "last": 3}),
        (3, 15, 40, {"first": 1, "prev": 2, "last": 3}),
        (1, 20, 20, {"first": 1, "last": 1}),
        (1, 20, 21, {"first": 1, "next": 2, "last": 2}),
        (1, 20, 0, {"first": 1, "last": 1}),
        (9, 20, 30, {"first": 1, "prev": 2, "last": 2}),
        (2, 20, 0, {"first": 1, "prev": 1, "last": 1}),
    ],
)
def test_a_page_links_to_its_neighbours_and_the_ends(
    page: int, limit: int, total: int, expected: dict[str, int]
) -> None:
    assert pages(FEED.links(Page(page, limit), total=total)) == expected


def test_links_are_in_the_form_of_the_standard() -> None:
    assert FEED.links(Page(1, 10), total=5) == (
        '</feeds/a?page=1&limit=10>; rel="first", </feeds/a?page=1&limit=10>; rel="last"'
    )


def test_links_keep_the_other_parameters() -> None:
    listing = Listing("/sessions/é", {"category": "views,gifts", "q": "a&b>"})

    first, _ = listing.links(Page(1, 10), total=5).split(", ")

    assert first == '</sessions/%C3%A9?category=views%2Cgifts&q=a%26b%3E&page=1&limit=10>; rel="first"'


@pytest.mark.parametrize(("page", "limit", "skip"), [(1, 20, 0), (2, 15, 15), (1_000_000, 100, 99_999_900)])
def test_a_page_begins_after_the_pages_before_it(page: int, limit: int, skip: int) -> None:
    assert Page(page, limit).skip == skip
