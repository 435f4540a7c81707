"""The vocabulary of pipelines: a stage is one MongoDB document, a pipeline a list of them."""

from collections.abc import Sequence
from typing import Any

Stage = dict[str, Any]
Pipeline = list[Stage]


def merged_into(collection: str, *, on: str | Sequence[str], found: Pipeline) -> Stage:
    """Ends a pipeline: `found` changes the document that a row (`$$new`) is about; without one, nothing."""
    return {"$merge": {"into": collection, "on": on, "whenMatched": found, "whenNotMatched": "discard"}}


def fields_written_to(collection: str) -> Stage:
    """Ends a pipeline: the fields of each row become those of the document of its id; without one, nothing.

    A third of the work of `merged_into`, and it looks at nothing of the document.
    """
    return {"$merge": {"into": collection, "on": "_id", "whenMatched": "merge", "whenNotMatched": "discard"}}


def inserted_into(collection: str) -> Stage:
    """Ends a pipeline: each row becomes a document; a duplicate key ends it early.

    Half the work of `kept_once`, which is what to do when it has ended early.
    """
    return {"$merge": {"into": collection, "on": "_id", "whenMatched": "fail", "whenNotMatched": "insert"}}


def kept_once(collection: str) -> Stage:
    """Ends a pipeline: each row becomes a document unless there is one of its id, which then stays."""
    return {
        "$merge": {
            "into": collection,
            "on": "_id",
            "whenMatched": "keepExisting",
            "whenNotMatched": "insert",
        }
    }
