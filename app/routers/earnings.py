"""Earnings: what other services tell about diamonds that streamers received."""

from datetime import datetime

from bson import ObjectId
from fastapi import APIRouter

from app.earnings.errors import UnfitEarnings
from app.earnings.rules.earning import Earning
from app.kit.clock import from_millis
from app.routers.auth import ServiceCaller
from app.routers.dependencies import Now, Opened
from app.routers.refusals import refusals
from app.routers.schemas.earnings import EarningIn, EarningsIn, RecordedOut
from app.routers.strict import StrictRoute

router = APIRouter(prefix="/earnings", tags=["earnings"], route_class=StrictRoute)


@router.post("", responses=refusals(UnfitEarnings))
async def post_earnings(_: ServiceCaller, resources: Opened, now: Now, body: EarningsIn) -> RecordedOut:
    """Count these events, each once whatever is sent again; all of them or, if one is unfit, none.

    The answer comes when they are stored durably.
    """
    earnings = [_earning(event, now) for event in body.events]
    recorded = await resources.earnings.recording.record(earnings, now=now)
    return RecordedOut(applied=recorded.applied, duplicate=recorded.duplicate)


def _earning(event: EarningIn, now: datetime) -> Earning:
    return Earning(
        event_id=event.event_id,
        streamer=ObjectId(event.streamer_id),
        session=ObjectId(event.session_id),
        viewer=ObjectId(event.viewer_id),
        category=event.category,
        diamonds=event.diamonds,
        time=now if event.time is None else from_millis(event.time),
    )
