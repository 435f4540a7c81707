"""The demo world of XP: always the same, and nothing in it that the service would refuse."""

import random

from app.dev import xp_world
from app.kit.clock import utc_now
from app.routers.schemas.xp import LocationIn, MemberIn, PhotoIn, TagsIn, TeamIn, UserIn
from app.routers.web_cookies import VisitorKind
from app.routers.web_session import DEMO_SUBJECTS

SCHEMAS = {"locations": LocationIn, "teams": TeamIn, "users": UserIn}


def test_everything_told_is_what_the_service_takes() -> None:
    for told in xp_world.facts():
        schema = MemberIn if "/members/" in told.path else SCHEMAS[told.path.split("/")[0]]
        schema.model_validate(told.body)


def test_photos_are_what_the_service_takes() -> None:
    for one in [*xp_world.first_photos(utc_now()), xp_world.next_photo(random.Random(1), utc_now())]:
        PhotoIn.model_validate(one.photo)
        TagsIn.model_validate({"tags": one.tags})


def test_the_first_photos_are_the_same_every_time() -> None:
    now = utc_now()

    assert list(xp_world.first_photos(now)) == list(xp_world.first_photos(now))


def test_the_visitor_takes_part() -> None:
    assert str(xp_world.VISITOR) == DEMO_SUBJECTS[VisitorKind.XP]
    assert any(one.photo["user_id"] == xp_world.VISITOR for one in xp_world.first_photos(utc_now()))


def test_every_demo_user_is_one_of_the_world() -> None:
    rng = random.Random(1)

    assert all(1 <= xp_world.skewed(rng) <= xp_world.USERS for _ in range(1_000))
