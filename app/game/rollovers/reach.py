"""Between which scores the players of certain ranks are found: what of a large shard has to be read."""

from collections.abc import Mapping

from app.aggregations.windows import BEST_FIRST, WORST_FIRST
from app.game.documents import EntryDocument
from app.game.rollovers.batches import Batch


async def worst_of_best(batch: Batch, ranks: int | None) -> int | None:
    """A score that everybody of the first so many ranks has or exceeds. None: nothing says which that is.

    Ranks stay what decides: with the score, a pipeline finds the winners by the index, and few others. That
    is for a batch of one shard; several have no score in common.
    """
    return await _score_of_line(batch, BEST_FIRST, ranks)


async def best_of_worst(batch: Batch, first_rank: int | None) -> int | None:
    """A score that nobody from this rank on exceeds. None as for `worst_of_best`."""
    lines = None if first_rank is None else batch.players - first_rank + 1
    return await _score_of_line(batch, WORST_FIRST, lines)


async def _score_of_line(batch: Batch, order: Mapping[str, int], line: int | None) -> int | None:
    if line is None or line < 1 or len(batch.shard_ids) > 1:
        return None
    shard = {"shard_id": batch.shard_ids[0]}
    entries = EntryDocument.get_motor_collection()
    # The barred have lines in the index and no rank: the wanted one is so much further at most.
    barred = await entries.count_documents({**shard, "barred": True})
    found = entries.find(shard, {"_id": 0, "score": 1}).sort(list(order.items()))
    row = await anext(found.skip(line + barred - 1).limit(1), None)
    return None if row is None else row["score"]
