"""What accounts are called."""

from typing import Annotated

from fastapi import APIRouter, Query

from app.livestream.users import read_usernames
from app.routers.auth import PlayerCaller
from app.routers.schemas.livestream import UsernamesOut
from app.routers.strict import StrictRoute

router = APIRouter(tags=["users"], route_class=StrictRoute)

Ids = Annotated[
    str,
    Query(
        pattern=r"^[0-9a-f]{24}(,[0-9a-f]{24}){0,199}$",
        description="1 to 200 ids, separated by commas",
        examples=["62e841925030343c6079e78d"],
    ),
]


@router.get("/usernames")
async def get_usernames(_: PlayerCaller, ids: Ids) -> UsernamesOut:
    """The names of users by id; those of whom nothing was told are left out."""
    return UsernamesOut(usernames=await read_usernames(ids.split(",")))
