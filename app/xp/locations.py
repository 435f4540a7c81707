"""Countries, their states and the states' cities, by name."""

from dataclasses import dataclass

from app.xp.people_documents import LocationDocument
from app.xp.rules.places import LocationKind


@dataclass(frozen=True, slots=True)
class LocationFacts:
    """What a location is called, and the one it lies in."""

    name: str
    parent: int | None = None
    flag: str | None = None


@dataclass(frozen=True, slots=True)
class Location:
    """A location."""

    location_id: int
    name: str
    flag: str | None


async def tell_location(kind: LocationKind, location_id: int, facts: LocationFacts) -> None:
    """Say what a location is; replaces what was told before."""
    row = {
        "kind": kind.value,
        "location_id": location_id,
        "name": facts.name,
        "parent": facts.parent,
        "flag": facts.flag,
    }
    await LocationDocument.get_motor_collection().replace_one(
        {"_id": f"{kind.value}:{location_id}"}, row, upsert=True
    )


async def read_locations(kind: LocationKind, *, parent: int | None = None) -> list[Location]:
    """The locations of a kind, or those within one, in alphabetical order."""
    wanted = {"kind": kind.value} | ({} if parent is None else {"parent": parent})
    rows = LocationDocument.get_motor_collection().find(wanted)
    found = [Location(row["location_id"], row["name"], row["flag"]) async for row in rows]
    return sorted(found, key=lambda location: (location.name.casefold(), location.location_id))
