"""Who the service takes a caller for."""

from fastapi import APIRouter, Security
from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from app.routers.auth import KnownCaller, api_key_scheme
from app.routers.strict import StrictRoute

router = APIRouter(tags=["callers"], route_class=StrictRoute)


class CallerOut(BaseModel):
    """A caller."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)

    subject: str = Field(description="the token's `sub`, or the API key's name")
    role: str
    scopes: list[str] = Field(description="what an API key opens")
    expires_at: int | None = Field(description="unix milliseconds; null for an API key")


@router.get("/caller", dependencies=[Security(api_key_scheme)])
async def read_caller(caller: KnownCaller) -> CallerOut:
    """Who you are to this service."""
    return CallerOut(
        subject=caller.subject,
        role=caller.role,
        scopes=sorted(caller.scopes),
        expires_at=None if caller.expires_at is None else caller.expires_at * 1000,
    )
