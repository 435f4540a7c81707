"""Which feeds there are, and in which of them a streamer's sessions may be: worldwide, and by region."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from app.livestream.rules.tags import COUNTRY

GLOBAL = "global"
#: What an alias may look like: the longest of a region has this length.
FEED_ALIAS = "[A-Za-z0-9_-]{1,64}"
FEED_ALIAS_PATTERN = f"^{FEED_ALIAS}$"

ALIASES = ("user_livestream", "user_livestream_most_recent")
WITHOUT_HIDDEN = "-filtered"


@dataclass(frozen=True, slots=True)
class FeedKind:
    """One feed there is: of a region group, whose countries are those of its streamers; none: all.

    `filtered` as in what asks for it: False leaves out those who are hidden in the region group.
    """

    region_group: str
    countries: tuple[str, ...]
    filtered: bool

    @property
    def key(self) -> str:
        """What tells the kind from all others."""
        return self.region_group + ("" if self.filtered else WITHOUT_HIDDEN)

    @property
    def aliases(self) -> tuple[str, ...]:
        """The names under which the feed is read."""
        return tuple(f"{alias}-{self.key}" for alias in ALIASES)


class Groupings:
    """The feeds that a configuration makes possible: two of the whole world, two of each region."""

    def __init__(self, regions: Mapping[str, Sequence[str]]) -> None:
        groups = {GLOBAL: (), **{region: tuple(countries) for region, countries in regions.items()}}
        kinds = [
            FeedKind(group, countries, filtered)
            for group, countries in groups.items()
            for filtered in (True, False)
        ]
        self.kinds: Mapping[str, FeedKind] = {kind.key: kind for kind in kinds}
        self.aliases = frozenset(alias for kind in kinds for alias in kind.aliases)

    def of(self, user_tags: Iterable[str]) -> list[FeedKind]:
        """The feeds that concern a user: the world's, and those of every region with one of the countries."""
        tags = set(user_tags)
        return [
            kind
            for kind in self.kinds.values()
            if kind.region_group == GLOBAL or any(f"{COUNTRY}{country}" in tags for country in kind.countries)
        ]


def read_regions(text: str) -> dict[str, list[str]]:
    """Countries by region, of a text like `asia:tw,hk;europe:fr`."""
    regions = (part.partition(":") for part in text.split(";"))
    return {region: countries.split(",") for region, _, countries in regions}
