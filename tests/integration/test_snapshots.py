"""Reads of one moment, on a MongoDB that keeps moments for a second."""

import asyncio

import pytest
from game_world import Store
from pymongo.errors import OperationFailure

from app.earnings.documents import EarningDocument
from app.storage.snapshots import ATTEMPTS, Session, in_snapshot

pytest_plugins = ["game_fixtures"]
pytestmark = pytest.mark.usefixtures("resources")

FORGOTTEN_AFTER_S = 2.2
TOO_OLD, NOT_ALLOWED = 239, 13


def earn(store: Store) -> None:
    store["earnings"].insert_one({"part": store["earnings"].count_documents({})})


async def count(session: Session) -> int:
    return await EarningDocument.get_motor_collection().count_documents({}, session=session)


async def test_all_that_is_read_is_of_one_moment(store: Store) -> None:
    async def read(session: Session) -> tuple[int, int]:
        before = await count(session)
        earn(store)
        return before, await count(session)

    assert await in_snapshot(read, on=EarningDocument) == (0, 0)


async def test_reads_of_a_moment_that_is_forgotten_begin_anew(store: Store) -> None:
    began: list[int] = []

    async def read(session: Session) -> tuple[int, int]:
        began.append(await count(session))
        if len(began) == 1:
            await asyncio.sleep(FORGOTTEN_AFTER_S)
            earn(store)
        return began[-1], await count(session)

    assert await in_snapshot(read, on=EarningDocument) == (1, 1)
    assert began == [0, 1]


@pytest.mark.parametrize(("code", "attempts"), [(TOO_OLD, ATTEMPTS), (NOT_ALLOWED, 1)])
async def test_what_does_not_get_better_is_the_callers_to_know(code: int, attempts: int) -> None:
    asked: list[Session] = []

    async def read(session: Session) -> None:
        asked.append(session)
        raise OperationFailure("no", code)

    with pytest.raises(OperationFailure):
        await in_snapshot(read, on=EarningDocument)

    assert len(asked) == attempts
