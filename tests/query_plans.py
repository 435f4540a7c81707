"""What MongoDB looks at to answer a pipeline."""

from collections.abc import Iterator, Mapping
from typing import Any

from game_world import Store

from app.aggregations.stages import Pipeline


def most_entries_read(store: Store, pipeline: Pipeline) -> int:
    """How many entries that part of the plan looked at which looked at the most."""
    explained = store.command(
        {
            "explain": {"aggregate": "entries", "pipeline": pipeline, "cursor": {}},
            "verbosity": "executionStats",
        }
    )
    return max(_examined(explained))


def _examined(plan: Any) -> Iterator[int]:
    match plan:
        case Mapping():
            if "executionTimeMillis" in plan and "totalDocsExamined" in plan:
                yield int(plan["totalDocsExamined"])
            for part in plan.values():
                yield from _examined(part)
        case list():
            for part in plan:
                yield from _examined(part)
