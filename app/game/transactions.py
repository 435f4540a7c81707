"""Several documents of the game changed as one."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

from app.game.documents import EntryDocument
from app.storage import transactions
from app.storage.transactions import Session

__all__ = ["Session", "in_transaction"]

Result = TypeVar("Result")


async def in_transaction(act: Callable[[Session], Awaitable[Result]]) -> Result:
    """What `act` returns, once all it wrote has been committed together; see `storage.transactions`."""
    return await transactions.in_transaction(act, on=EntryDocument)
