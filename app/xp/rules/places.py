"""Where XP counts: a place, and the scopes around it. Pure."""

from collections.abc import Iterator
from enum import IntEnum, StrEnum
from typing import NamedTuple


class LocationKind(StrEnum):
    """A location as the wire names its kind."""

    COUNTRY = "country"
    STATE = "state"
    CITY = "city"


class LocationType(IntEnum):
    """A scope's kind as stored rows number it."""

    GLOBAL = 0
    COUNTRY = 1
    STATE = 2
    CITY = 3


class Scope(NamedTuple):
    """Who competes with whom: everybody, or those of one location."""

    location_type: LocationType
    location_id: int


class Place(NamedTuple):
    """Where a photo was taken, as far as known."""

    country_id: int | None = None
    state_id: int | None = None
    city_id: int | None = None

    def scopes(self) -> Iterator[Scope]:
        """The whole world and every location of the place."""
        yield EVERYWHERE
        for location_type, location_id in zip(_TYPES, self, strict=True):
            if location_id is not None:
                yield Scope(location_type, location_id)


EVERYWHERE = Scope(LocationType.GLOBAL, 0)

_TYPES = (LocationType.COUNTRY, LocationType.STATE, LocationType.CITY)


def scope_of(kind: LocationKind, location_id: int) -> Scope:
    """The scope of one location."""
    return Scope(LocationType[kind.name], location_id)
