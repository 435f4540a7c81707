import re

import pytest

from app.livestream.rules.groupings import FEED_ALIAS_PATTERN, Groupings, read_regions
from app.settings import Settings

DEFAULT = Settings.model_fields["feed_groupings"].default
GROUPINGS = Groupings({"asia": ("tw", "hk"), "europe": ("fr", "tw")})


def keys(*tags: str) -> list[str]:
    """The feeds that concern a user with these tags."""
    return [kind.key for kind in GROUPINGS.of(tags)]


def test_the_default_is_asia_with_ten_countries() -> None:
    assert read_regions(DEFAULT) == {
        "asia": ["tw", "hk", "jp", "kr", "sg", "my", "th", "vn", "ph", "id"],
    }


def test_regions_are_separated_by_semicolons() -> None:
    assert read_regions("asia:tw,hk;europe:fr") == {"asia": ["tw", "hk"], "europe": ["fr"]}


@pytest.mark.parametrize("tags", [(), ("country:us",), ("country:TW",), ("tw", "hashtag:country:tw")])
def test_whoever_is_of_no_region_is_of_the_world(tags: tuple[str, ...]) -> None:
    assert keys(*tags) == ["global", "global-filtered"]


def test_whoever_is_of_a_country_is_of_all_its_regions() -> None:
    assert keys("country:tw") == [
        "global",
        "global-filtered",
        "asia",
        "asia-filtered",
        "europe",
        "europe-filtered",
    ]


def test_a_feed_has_two_aliases() -> None:
    assert [GROUPINGS.kinds[key].aliases for key in ("asia", "asia-filtered")] == [
        ("user_livestream-asia", "user_livestream_most_recent-asia"),
        ("user_livestream-asia-filtered", "user_livestream_most_recent-asia-filtered"),
    ]


def test_the_filtered_aliases_are_those_without_hidden_users() -> None:
    assert [GROUPINGS.kinds[key].filtered for key in ("asia", "asia-filtered")] == [True, False]


def test_the_longest_region_makes_aliases_that_fit() -> None:
    aliases = Groupings({"a" * 27: ("tw",)}).aliases

    assert all(re.fullmatch(FEED_ALIAS_PATTERN, alias) for alias in aliases)
