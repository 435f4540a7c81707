"""What is told about users, teams and locations, and what users decide about being seen."""

from typing import Annotated

from fastapi import APIRouter, Path, Response

from app.game.errors import OtherAccount
from app.kit.ids import USER_ID_PATTERN
from app.routers.auth import ServiceCaller
from app.routers.dependencies import Opened
from app.routers.refusals import refusals
from app.routers.schemas.xp import LocationIn, MemberIn, TeamIn, UserIn
from app.routers.schemas.xp_leaderboard import LocationsOut, NameShownOut, UsernameShownOut
from app.routers.strict import StrictRoute
from app.routers.xp_callers import NamedUser, UserCaller, acting_user
from app.routers.xp_views import locations_view
from app.xp.errors import UnknownUser
from app.xp.locations import LocationFacts, read_locations, tell_location
from app.xp.people import TeamFacts
from app.xp.rules.places import LocationKind
from app.xp.rules.privacy import Membership, Profile
from app.xp.settings import Flag, toggle

router = APIRouter(prefix="/api", tags=["xp"], route_class=StrictRoute)

UserId = Annotated[str, Path(pattern=USER_ID_PATTERN, examples=["42"])]
TeamId = Annotated[str, Path(pattern=USER_ID_PATTERN, examples=["7"])]
LocationId = Annotated[str, Path(pattern=USER_ID_PATTERN, examples=["105"])]


@router.put("/users/{user_id}", status_code=204)
async def tell_user(_: ServiceCaller, resources: Opened, user_id: UserId, body: UserIn) -> Response:
    """Who the user is; replaces what was told before."""
    await resources.xp.people.tell_user(int(user_id), Profile(**body.model_dump()))
    return Response(status_code=204)


@router.put("/teams/{team_id}", status_code=204)
async def tell_team(_: ServiceCaller, resources: Opened, team_id: TeamId, body: TeamIn) -> Response:
    """What the team is; replaces what was told before. Photos keep to what it was when they came."""
    await resources.xp.people.tell_team(int(team_id), TeamFacts(**body.model_dump()))
    return Response(status_code=204)


@router.put("/teams/{team_id}/members/{user_id}", status_code=204)
async def tell_member(
    _: ServiceCaller, resources: Opened, team_id: TeamId, user_id: UserId, body: MemberIn
) -> Response:
    """The user is in the team, and what is to be seen of them there."""
    member = Membership(int(team_id), body.show_name_leaderboards, body.show_username_leaderboards)
    await resources.xp.people.tell_member(int(user_id), member)
    return Response(status_code=204)


@router.delete("/teams/{team_id}/members/{user_id}", status_code=204)
async def untell_member(_: ServiceCaller, resources: Opened, team_id: TeamId, user_id: UserId) -> Response:
    """The user is not in the team, or no longer."""
    await resources.xp.people.untell_member(int(user_id), int(team_id))
    return Response(status_code=204)


@router.put("/locations/{kind}/{location_id}", status_code=204)
async def put_location(
    _: ServiceCaller, kind: LocationKind, location_id: LocationId, body: LocationIn
) -> Response:
    """What the location is called, and where it lies; replaces what was told before."""
    await tell_location(kind, int(location_id), LocationFacts(**body.model_dump()))
    return Response(status_code=204)


@router.get("/v1/locations")
async def list_countries(_: UserCaller) -> LocationsOut:
    """All countries, in alphabetical order."""
    return LocationsOut.model_validate(locations_view(await read_locations(LocationKind.COUNTRY)))


@router.get("/v1/locations/country/{location_id}")
async def list_states(_: UserCaller, location_id: LocationId) -> LocationsOut:
    """The states of a country; of an unknown one, none."""
    found = await read_locations(LocationKind.STATE, parent=int(location_id))
    return LocationsOut.model_validate(locations_view(found))


@router.get("/v1/locations/state/{location_id}")
async def list_cities(_: UserCaller, location_id: LocationId) -> LocationsOut:
    """The cities of a state; of an unknown one, none."""
    found = await read_locations(LocationKind.CITY, parent=int(location_id))
    return LocationsOut.model_validate(locations_view(found))


@router.post("/settings/leaderboard-name", responses=refusals(OtherAccount, UnknownUser))
async def toggle_name(caller: UserCaller, resources: Opened, user_id: NamedUser = None) -> NameShownOut:
    """Show the user's name on leaderboards, or no longer; in the active team as everywhere.

    A team that safeguards its members is left as it is.
    """
    shown = await toggle(resources.xp.cards, acting_user(caller, user_id), Flag.NAME)
    return NameShownOut(success=True, show_name=shown)


@router.post("/settings/leaderboard-username", responses=refusals(OtherAccount, UnknownUser))
async def toggle_username(
    caller: UserCaller, resources: Opened, user_id: NamedUser = None
) -> UsernameShownOut:
    """Show the user's name on the site on leaderboards, or no longer; in the active team as everywhere."""
    shown = await toggle(resources.xp.cards, acting_user(caller, user_id), Flag.USERNAME)
    return UsernameShownOut(success=True, show_username=shown)
