"""The demo world of XP: who takes photos where, in which team, and of what. Pure, and the same every time."""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

Json = dict[str, Any]

USERS = 240
#: Whom the page signs a visitor in as.
VISITOR = 1
PHOTOS = 420
LONGEST_AGO = timedelta(days=400)
STATES_A_COUNTRY = 2
CITIES_A_STATE = 2
SCHOOL = 8

COUNTRIES: Sequence[tuple[str, str, Sequence[str]]] = (
    ("Ireland", "ie", ("Munster", "Leinster")),
    ("Portugal", "pt", ("Lisboa", "Norte")),
    ("Netherlands", "nl", ("Zeeland", "Utrecht")),
    ("Germany", "de", ("Hessen", "Sachsen")),
    ("France", "fr", ("Bretagne", "Provence")),
    ("Kenya", "ke", ("Nairobi", "Mombasa")),
    ("Japan", "jp", ("Hokkaido", "Kyushu")),
    ("Brazil", "br", ("Bahia", "Ceará")),
)
TEAMS: Sequence[str] = (
    "Cork Cleanup Crew",
    "Harbour Herons",
    "Dune Keepers",
    "Riverbank Rangers",
    "Sunday Sweepers",
    "Park Patrol",
    "Tide Turners",
    "Hillside School",
)
_FIRST = (
    "Aoife",
    "Bruno",
    "Chika",
    "Daan",
    "Elif",
    "Femke",
    "Goran",
    "Hana",
    "Inês",
    "Jomo",
    "Katja",
    "Luca",
)
_LAST = ("Byrne", "Costa", "Endo", "Fischer", "Gama", "Kamau", "Lefèvre", "Mulder", "Oliveira", "Sato")
_OBJECTS = ("bottle", "can", "wrapper", "butt", "cup", "lid", "straw", "bag_of_litter")
_MATERIALS = ("plastic", "glass", "aluminium", "paper")
_BRANDS = ("brightwater", "crispy", "northcola")


@dataclass(frozen=True, slots=True)
class Told:
    """Something to be told to the service: a path and a body."""

    path: str
    body: Json


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A photo with its tags."""

    photo: Json
    tags: list[Json]


def facts() -> Iterator[Told]:
    """Everything there is before the first photo."""
    for country_id, (name, flag, states) in enumerate(COUNTRIES, 1):
        yield Told(f"locations/country/{country_id}", {"name": name, "flag": flag})
        for number, state in enumerate(states):
            state_id = (country_id - 1) * STATES_A_COUNTRY + number + 1
            yield Told(f"locations/state/{state_id}", {"name": state, "parent": country_id})
            for city_number in range(CITIES_A_STATE):
                city_id = (state_id - 1) * CITIES_A_STATE + city_number + 1
                city = f"{state} {'North' if city_number else 'South'}"
                yield Told(f"locations/city/{city_id}", {"name": city, "parent": state_id})
    for team_id, name in enumerate(TEAMS, 1):
        is_school = team_id == SCHOOL
        kind = "school" if is_school else "community"
        yield Told(f"teams/{team_id}", {"name": name, "kind": kind, "safeguarding": is_school})
    for user_id in range(1, USERS + 1):
        yield from _person(user_id)


def first_photos(now: datetime) -> Iterator[Snapshot]:
    """Photos of the last months, more of them lately; the visitor has some of every time."""
    rng = random.Random("first photos")
    for photo_id in range(1, PHOTOS + 1):
        user_id = VISITOR if photo_id % 30 == 0 else skewed(rng)
        age = LONGEST_AGO * rng.random() ** 3
        yield snapshot(rng, photo_id, user_id, now - age)


def next_photo(rng: random.Random, now: datetime) -> Snapshot:
    """A photo that somebody takes at this moment."""
    return snapshot(rng, int(now.timestamp() * 1000), skewed(rng), now)


def snapshot(rng: random.Random, photo_id: int, user_id: int, taken: datetime) -> Snapshot:
    """A photo near the user's home, or where they are travelling."""
    home = home_of(user_id)
    country_id = home if rng.random() < 0.8 else 1 + rng.randrange(len(COUNTRIES))  # noqa: PLR2004 # mostly
    state_id = (country_id - 1) * STATES_A_COUNTRY + rng.randrange(STATES_A_COUNTRY) + 1
    city_id = (state_id - 1) * CITIES_A_STATE + rng.randrange(CITIES_A_STATE) + 1
    photo = {
        "photo_id": photo_id,
        "user_id": user_id,
        "country_id": country_id,
        "state_id": state_id,
        "city_id": city_id,
        "created_at": taken.astimezone(UTC).isoformat(timespec="seconds"),
    }
    return Snapshot(photo, [_tag(rng) for _ in range(1 + rng.randrange(3))])


@cache
def home_of(user_id: int) -> int:
    """The country a user lives in."""
    return 1 + random.Random(f"home {user_id}").randrange(len(COUNTRIES))


def team_of(user_id: int) -> int | None:
    """The team a user is active in, if any."""
    return None if user_id % 3 == 0 else 1 + user_id % len(TEAMS)


def skewed(rng: random.Random) -> int:
    """A few users take most photos; the visitor's are not left to chance."""
    return 2 + int((USERS - 1) * rng.random() ** 2)


def _person(user_id: int) -> Iterator[Told]:
    rng = random.Random(f"person {user_id}")
    name = f"{rng.choice(_FIRST)} {rng.choice(_LAST)}"
    username = f"{name.split(maxsplit=1)[0].lower()}{user_id}"
    shows: Mapping[str, bool] = {
        "show_name": user_id == VISITOR or rng.random() < 0.7,  # noqa: PLR2004 # most
        "show_username": rng.random() < 0.5,  # noqa: PLR2004 # half
    }
    team_id = team_of(user_id)
    social = {"web": f"https://example.org/{username}"} if user_id % 4 == 0 else None
    yield Told(
        f"users/{user_id}",
        {
            "name": name,
            "username": username,
            **shows,
            "public_profile": user_id % 5 == 0,
            "global_flag": COUNTRIES[home_of(user_id) - 1][1],
            "social": social,
            "active_team": team_id,
        },
    )
    if team_id is not None:
        flags = {f"{flag}_leaderboards": shown for flag, shown in shows.items()}
        yield Told(f"teams/{team_id}/members/{user_id}", flags)


def _tag(rng: random.Random) -> Json:
    tag: Json = {"object": rng.choice(_OBJECTS), "quantity": 1 + rng.randrange(6)}
    tag["materials"] = [rng.choice(_MATERIALS)]
    if rng.random() < 0.3:  # noqa: PLR2004 # some
        tag["brands"] = [{"name": rng.choice(_BRANDS), "quantity": 1}]
    tag["picked_up"] = rng.random() < 0.5  # noqa: PLR2004 # half
    return tag
