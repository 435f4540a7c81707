"""The steps of a rollover that go shard by shard: close, rank and seal, archive, reward, move.

Each step finds its shards by stage and may be repeated anywhere, by two workers at once. The work is done
by pipelines inside MongoDB; no entry passes through this process.
"""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from pymongo import UpdateOne

from app.aggregations.rewards import Giving, Prize, reward_members, reward_players
from app.aggregations.settlement import (
    RECEIPTS,
    UNRANKED,
    Moves,
    copy_receipts,
    count_ranked,
    left_over,
    list_guild_archive,
    move_players,
    rank_and_seal,
)
from app.aggregations.stages import Pipeline
from app.clients.guild import GuildClient
from app.game.documents import EntryDocument, EntryState, ShardDocument, ShardStage
from app.game.journal import mark_unfinished
from app.game.rollovers.batches import Batch, each_batch, set_stage
from app.game.rollovers.granting import owe
from app.game.rollovers.mail import message_of
from app.game.rollovers.reach import best_of_worst, worst_of_best
from app.game.rollovers.runs import Run
from app.game.rules.promotion import cuts
from app.game.rules.rewards import reward_bands

#: An entry may be written while it is ranked, but only by a process that has not yet heard of the lock.
MOST_RANKINGS = 100
#: The rank of those who ended a cycle disqualified.
NO_PLACE = 0


class RankingUnsettled(Exception):
    """Entries of a locked cycle keep changing."""


async def close_shards(run: Run) -> int:
    """Let nobody more into the cycle's shards; returns how many there are.

    Placing a player writes the shard, so it comes before this, or meets it and finds the cycle locked.
    """
    shards = ShardDocument.get_motor_collection()
    cycle = {"leaderboard_id": run.leaderboard_id, "cycle": run.cycle}
    await shards.update_many({**cycle, "stage": ShardStage.OPEN}, {"$set": {"stage": ShardStage.CLOSED}})
    return int(await shards.count_documents(cycle))


async def rank_shards(run: Run) -> None:
    """Give every entry its final rank, and let no score change it any more.

    Then everybody who scored counts as active, also where the writer has not said so yet.
    """
    await _settle_each(run, ShardStage.CLOSED, ShardStage.RANKED, _rank)
    await mark_unfinished(run.leaderboard_id, run.cycle)


async def archive_shards(run: Run, guilds: GuildClient) -> None:
    """Make each shard its own archive. A guild shard notes who belongs to the guild at this moment."""
    await _settle_each(run, ShardStage.RANKED, ShardStage.ARCHIVED, partial(_archive, run, guilds))


async def reward_shards(run: Run) -> None:
    """Owe every winner the reward."""
    await _settle_each(run, ShardStage.ARCHIVED, ShardStage.REWARDED, partial(_reward, run))


async def move_shards(run: Run) -> None:
    """Promote and demote by rank; guild shards move nobody and are only noted in the enrollments."""
    await _settle_each(run, ShardStage.REWARDED, ShardStage.MOVED, partial(_move, run))


async def _settle_each(
    run: Run, before: ShardStage, after: ShardStage, settle: Callable[[Batch], Awaitable[None]]
) -> None:
    async def settle_and_note(batch: Batch) -> None:
        await settle(batch)
        await set_stage(batch.shard_ids, before=before, after=after)

    await each_batch(run, before, settle_and_note)


async def _rank(batch: Batch) -> None:
    for _ in range(MOST_RANKINGS):
        await _rule_out_disqualified(batch.shard_ids)
        await run_on_entries(rank_and_seal(batch.shard_ids))
        left = await _left_over(batch.shard_ids)
        if UNRANKED not in left:
            break
    else:
        raise RankingUnsettled
    if RECEIPTS in left:
        await run_on_entries(copy_receipts(batch.shard_ids))


async def _rule_out_disqualified(shard_ids: list[str]) -> None:
    """Who is barred now ends this cycle without a place, also if let back while it is being ranked."""
    barred = {"shard_id": {"$in": shard_ids}, "barred": True, "rank": None}
    await EntryDocument.get_motor_collection().update_many(barred, {"$set": {"rank": NO_PLACE}})


async def _left_over(shard_ids: list[str]) -> set[str]:
    rows = EntryDocument.get_motor_collection().aggregate(left_over(shard_ids))
    return {row["_id"] async for row in rows}


async def _archive(run: Run, guilds: GuildClient, batch: Batch) -> None:
    ranked = EntryDocument.get_motor_collection().aggregate(count_ranked(batch.shard_ids))
    players = {row["_id"]: row["players"] async for row in ranked}
    members = None
    if batch.guild_id is not None:
        # A disbanded guild has no members left; a guild service that is away ends this step for now.
        members = sorted(await guilds.roster(batch.guild_id) or ())
    header = {
        "run_id": run.run_id,
        "ended_at": run.started_at,
        "rules_version": run.rules_version,
        "title": run.definition.title,
        "members": members,
    }
    await ShardDocument.get_motor_collection().bulk_write(
        [
            UpdateOne(
                {"_id": shard_id, "stage": ShardStage.RANKED},
                {"$set": {"archive": {**header, "players": players.get(shard_id, 0)}}},
            )
            for shard_id in batch.shard_ids
        ],
        ordered=False,
    )


async def _reward(run: Run, batch: Batch) -> None:
    rule = run.definition.rule(batch.tier)
    giving = Giving(run.leaderboard_id, run.run_id, run.started_at)
    if batch.guild_id is None:
        prizes = _prizes(run, reward_bands(rule.rewards, players=batch.players, is_guild=False))
        if prizes:
            least = await worst_of_best(batch, prizes[-1].last)
            await owe(EntryDocument, reward_players(batch.shard_ids, prizes, giving, least_score=least))
        return
    (shard_id,) = batch.shard_ids
    members = batch.members or []
    eligible = await _count_members(shard_id, members)
    prizes = _prizes(run, reward_bands(rule.rewards, players=eligible, is_guild=True))
    if prizes:
        await owe(EntryDocument, reward_members(shard_id, members, prizes, giving))


def _prizes(run: Run, bands: list[Any]) -> list[Prize]:
    return [Prize(band.first, band.last, message_of(band.reward, run.started_at)) for band in bands]


async def _count_members(shard_id: str, members: list[str]) -> int:
    eligible = {"shard_id": shard_id, "state": EntryState.SEALED, "account_id": {"$in": members}}
    return int(await EntryDocument.get_motor_collection().count_documents(eligible))


async def _move(run: Run, batch: Batch) -> None:
    if batch.guild_id is not None:
        await run_on_entries(list_guild_archive(batch.shard_ids[0]))
        return
    at = cuts(run.definition.rule(batch.tier), players=batch.players, top_tier=run.definition.top_tier)
    if at.promote_through or at.demote_from:
        moves = Moves(
            run.cycle,
            batch.tier,
            at.promote_through,
            at.demote_from,
            promoted_score=await worst_of_best(batch, at.promote_through),
            demoted_score=await best_of_worst(batch, at.demote_from),
        )
        await run_on_entries(move_players(batch.shard_ids, moves))


async def run_on_entries(pipeline: Pipeline) -> None:
    """Run a pipeline that ends in a merge over the entries."""
    await EntryDocument.get_motor_collection().aggregate(pipeline, allowDiskUse=True).to_list(None)
