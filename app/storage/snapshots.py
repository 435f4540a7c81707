"""Several reads of one moment, begun anew when MongoDB does not keep that moment any more."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from beanie import Document
from pymongo.errors import OperationFailure

from app.storage.transactions import Session

__all__ = ["Session", "in_snapshot"]

Result = TypeVar("Result")

ATTEMPTS = 3
_SNAPSHOT_TOO_OLD = 239


async def in_snapshot(read: Callable[[Session], Awaitable[Result]], *, on: type[Document]) -> Result:
    """What `read` returns; all it reads with its session is of one moment. `on` names the database.

    The moment is that of the last write, which may be long ago when the next write comes, and MongoDB then
    keeps it no longer: `read` is run again, of a new moment, three times at most.
    """
    for _ in range(ATTEMPTS - 1):
        try:
            return await _read_once(read, on)
        except OperationFailure as error:
            if error.code != _SNAPSHOT_TOO_OLD:
                raise
    return await _read_once(read, on)


async def _read_once(read: Callable[[Session], Awaitable[Result]], on: type[Document]) -> Result:
    client: Any = on.get_motor_collection().database.client
    # Motor would go to a thread for the session's beginning and for its end; neither asks MongoDB anything.
    with client.delegate.start_session(snapshot=True) as session:
        return await read(session)
