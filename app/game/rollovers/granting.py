"""Grants written by a reward pipeline, each once."""

from beanie import Document
from pymongo.errors import DuplicateKeyError

from app.aggregations.rewards import first_time
from app.aggregations.stages import Pipeline


async def owe(source: type[Document], rewarding: Pipeline) -> None:
    """Run a reward pipeline over a collection; grants that are there already stay as they are."""
    documents = source.get_motor_collection()
    try:
        # Looking for each grant first would take twice as long, and only a repeated step finds any.
        await documents.aggregate(first_time(rewarding), allowDiskUse=True).to_list(None)
    except DuplicateKeyError:
        await documents.aggregate(rewarding, allowDiskUse=True).to_list(None)
