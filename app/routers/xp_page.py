"""What the page shows of an XP leaderboard before any script has run: the values of `xp.html`."""

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Self
from urllib.parse import urlencode

from app.kit.ids import is_user_id
from app.routers.visitors import Asked
from app.routers.xp_views import Json, page_view
from app.xp.locations import Location, read_locations
from app.xp.rules.boards import Board
from app.xp.rules.places import EVERYWHERE, LocationKind, Scope, scope_of
from app.xp.rules.windows import TimeFilter, window_shown

PATH = "/leaderboard"
#: What each window is called, and when something happened within it, as `xp.js` says it too.
TIMES = {
    TimeFilter.ALL_TIME: "All time",
    TimeFilter.TODAY: "Today",
    TimeFilter.YESTERDAY: "Yesterday",
    TimeFilter.THIS_MONTH: "This month",
    TimeFilter.LAST_MONTH: "Last month",
    TimeFilter.THIS_YEAR: "This year",
    TimeFilter.LAST_YEAR: "Last year",
}
ICONS = frozenset({"facebook", "instagram", "linkedin", "reddit", "twitter"})

_PAGE = re.compile(r"[1-9][0-9]{0,8}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which board, and which page of it; what an address says wrongly is taken for not said."""

    time: TimeFilter = TimeFilter.ALL_TIME
    country: int | None = None
    state: int | None = None
    city: int | None = None
    page: int = 1

    @classmethod
    def of(cls, query: Mapping[str, str]) -> Self:
        """What the parameters of an address ask for."""
        time, page = query.get("timeFilter"), query.get("page", "")
        country, state, city = (_number(query, kind) for kind in LocationKind)
        # A state means something only within a country that is chosen, a city within a state.
        state = state if country else None
        return cls(
            time=TimeFilter(time) if time in set(TimeFilter) else TimeFilter.ALL_TIME,
            country=country,
            state=state,
            city=city if state else None,
            page=int(page) if _PAGE.fullmatch(page) else 1,
        )

    @property
    def scope(self) -> Scope:
        """The smallest of the locations."""
        for kind in reversed(LocationKind):
            if location_id := getattr(self, kind):
                return scope_of(kind, location_id)
        return EVERYWHERE

    @property
    def link(self) -> str:
        """The address of this board and page; what goes without saying is not said."""
        said = {kind.value: location_id for kind in LocationKind if (location_id := getattr(self, kind))}
        if self.time is not TimeFilter.ALL_TIME:
            said = {"timeFilter": self.time.value, **said}
        if self.page > 1:
            said["page"] = self.page
        return f"{PATH}?{urlencode(said)}" if said else PATH


def _number(query: Mapping[str, str], name: str) -> int | None:
    text = query.get(name, "")
    return int(text) if is_user_id(text) else None


@dataclass(frozen=True, slots=True)
class Places:
    """What there is to choose from: countries, the states of the one chosen, the cities of that state."""

    countries: list[Location]
    states: list[Location]
    cities: list[Location]

    def name(self, wanted: Wanted) -> str | None:
        """What the smallest chosen location is called; None for the whole world."""
        chosen = [(self.cities, wanted.city), (self.states, wanted.state), (self.countries, wanted.country)]
        for locations, location_id in chosen:
            if location_id is not None:
                return next((one.name for one in locations if one.location_id == location_id), "this place")
        return None


async def read_board(asked: Asked) -> Json:
    """A page of an XP leaderboard as a user sees it, with what else there is to choose from."""
    wanted, user_id = Wanted.of(asked.query), int(asked.subject)
    board = Board(wanted.scope, window_shown(wanted.time, asked.now))
    read, places = await asyncio.gather(
        asked.resources.xp.standings.read(board, number=wanted.page, user_id=user_id), _places(wanted)
    )
    page = page_view(read)
    return {
        **_choices(wanted, places),
        "state": "ready" if page["users"] else "empty",
        "user_id": user_id,
        "page": page,
        "users": [_card(user, user_id) for user in page["users"]],
        "empty": _empty(wanted, places.name(wanted), page["total"]),
    }


def without_board(asked: Asked) -> Json:
    """The same while nothing can be read."""
    return {
        **_choices(Wanted.of(asked.query), Places([], [], [])),
        "user_id": asked.subject,
        "page": {"currentUserRank": None, "totalUsers": 0, "hasNextPage": False},
        "users": [],
        "empty": "",
    }


def _choices(wanted: Wanted, places: Places) -> Json:
    """What is chosen, what else could be, and where the links lead."""
    links: Json = {time: replace(wanted, time=time, page=1).link for time in TIMES}
    links["previous"] = replace(wanted, page=max(1, wanted.page - 1)).link
    links["next"] = replace(wanted, page=wanted.page + 1).link
    return {
        "wanted": wanted,
        "times": TIMES,
        "links": links,
        "places": places,
        "icons": ICONS,
        "title": f"{TIMES[wanted.time]} · {places.name(wanted) or 'Whole world'}",
    }


async def _places(wanted: Wanted) -> Places:
    async def within(kind: LocationKind, parent: int | None) -> list[Location]:
        return [] if parent is None else await read_locations(kind, parent=parent)

    countries, states, cities = await asyncio.gather(
        read_locations(LocationKind.COUNTRY),
        within(LocationKind.STATE, wanted.country),
        within(LocationKind.CITY, wanted.state),
    )
    return Places(countries, states, cities)


def _card(user: Json, user_id: int) -> Json:
    return {
        **user,
        "shown_name": user["name"] or user["username"] or "",
        "is_own": user["user_id"] == user_id,
    }


def _empty(wanted: Wanted, place: str | None, total: int) -> str:
    """Which board has nothing to show, as `xp.js` says it too."""
    if total:
        return f"This board has no page {wanted.page}."
    when = "yet" if wanted.time is TimeFilter.ALL_TIME else TIMES[wanted.time].lower()
    return f"Nobody has earned XP {f'in {place}' if place else 'anywhere'} {when}."
