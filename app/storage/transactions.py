"""Several documents changed as one, tried again when another writer was first."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, TypeVar

from beanie import Document
from pymongo.errors import BulkWriteError, DuplicateKeyError, PyMongoError

if TYPE_CHECKING:
    from motor.motor_asyncio import AsyncIOMotorClientSession as Session
else:
    Session = object

__all__ = ["Session", "in_transaction"]

Result = TypeVar("Result")

PATIENCE_S = 1.5
LONGEST_PAUSE_S = 0.05
_DUPLICATE_KEY = 11000


async def in_transaction(
    act: Callable[[Session], Awaitable[Result]], *, on: type[Document], patience_s: float = PATIENCE_S
) -> Result:
    """What `act` returns, once all it wrote has been committed together; `on` names the database.

    `act` may run several times and must begin by looking at what is there: that also answers the one
    case in which nobody can say whether a commit happened. Gives up after `patience_s` with the last error.
    """
    client: Any = on.get_motor_collection().database.client
    loop = asyncio.get_running_loop()
    deadline = loop.time() + patience_s
    pause = 0.001
    while True:
        try:
            async with await client.start_session() as session, session.start_transaction():
                return await act(session)
        except PyMongoError as error:
            if not _worth_another_try(error) or loop.time() + pause > deadline:
                raise
        await asyncio.sleep(pause * random.random())  # noqa: S311 # jitter needs no cryptography
        pause = min(2 * pause, LONGEST_PAUSE_S)


def _worth_another_try(error: PyMongoError) -> bool:
    """True when another writer was first: a write conflict, or a unique key it took meanwhile."""
    if isinstance(error, DuplicateKeyError):
        return True
    if isinstance(error, BulkWriteError):
        faults = (error.details or {}).get("writeErrors", [])
        if any(fault["code"] == _DUPLICATE_KEY for fault in faults):
            return True
    return error.has_error_label("TransientTransactionError") or error.has_error_label(
        "UnknownTransactionCommitResult"
    )
