"""`laurel rollover`: end a cycle from the command line, see what that would do, and what was done."""

import asyncio
from typing import Annotated

import typer

from app.cli.output import progress, say, say_json, warn
from app.cli.target import AsJson, DataDir
from app.cli.work import with_resources
from app.game.errors import LeaseLost
from app.game.ledgers import RunState, Step
from app.game.rollovers.preview import Preview, preview_rollover
from app.game.rollovers.progress import Progress, run_progress, runs_progress
from app.game.rollovers.requests import request_rollover
from app.kit.clock import utc_now
from app.resources import Resources
from app.routers.rollover_views import preview_view, progress_view

ACTOR = "laurel rollover run"
LOOKED_AT_EVERY_S = 0.2
NOT_DONE = 1

rollover = typer.Typer(help="The ends of cycles.", no_args_is_help=True)

LeaderboardId = Annotated[str, typer.Argument(metavar="LEADERBOARD_ID")]


@rollover.command()
def run(
    leaderboard_id: LeaderboardId,
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would happen, change nothing.")
    ] = False,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """End the running cycle of a leaderboard and wait until that is done; ends with code 1 if it is stuck.

    Carries the rollover on itself unless a worker does. One that is going on already is joined.
    """
    if dry_run:
        preview = with_resources(data_dir, lambda opened: _preview(opened, leaderboard_id))
        _show_preview(preview, as_json=as_json)
        return
    finished = with_resources(data_dir, lambda opened: _finish(opened, leaderboard_id))
    if as_json:
        say_json(progress_view(finished))
    else:
        say(_line(finished))
    if finished.run["state"] != RunState.DONE:
        warn(f"not done: {finished.run['last_error'] or 'the leaderboard was deleted'}")
        raise typer.Exit(NOT_DONE)


@rollover.command("list")
def list_runs(
    leaderboard_id: Annotated[str | None, typer.Argument(metavar="[LEADERBOARD_ID]")] = None,
    *,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Show the newest 100 rollovers, of one leaderboard or of all."""
    runs = with_resources(data_dir, lambda _: runs_progress(leaderboard_id))
    if as_json:
        say_json({"runs": [progress_view(one) for one in runs]})
        return
    for one in runs:
        say(_line(one))
    if not runs:
        say("no rollovers")


async def _preview(resources: Resources, leaderboard_id: str) -> Preview:
    return await preview_rollover(resources.game.leaderboards, leaderboard_id)


async def _finish(resources: Resources, leaderboard_id: str) -> Progress:
    """Begin or join the run; what has become of it once nobody goes on with it."""
    leaderboards = resources.game.leaderboards
    begun = await request_rollover(leaderboards, leaderboard_id, actor=ACTOR, now=utc_now())
    run_id = begun["_id"]
    carrying = asyncio.ensure_future(_carry_on(resources, run_id))
    try:
        await _watch(resources, run_id, carrying)
        await carrying
    finally:
        # Told to stop: whoever carries it on next need not wait for the lease to run out.
        carrying.cancel()
        await asyncio.gather(carrying, return_exceptions=True)
    return await run_progress(leaderboards, run_id)


async def _watch(resources: Resources, run_id: str, carrying: asyncio.Future[None]) -> None:
    """Report each finished step until nobody goes on."""
    shown = 0
    with progress("steps", len(Step)) as advance:
        while not carrying.done():
            await asyncio.wait({carrying}, timeout=LOOKED_AT_EVERY_S)
            finished = len((await run_progress(resources.game.leaderboards, run_id)).run["timings"])
            if finished > shown:
                advance(finished - shown)
            shown = finished


async def _carry_on(resources: Resources, run_id: str) -> None:
    """Try to carry the run on until it is over; as long as a worker has it, that is trying in vain."""
    told = None
    while True:
        try:
            row = await resources.game.rollovers.run(run_id)
        except LeaseLost:
            continue
        if row["state"] != RunState.RUNNING:
            return
        if row["last_error"] not in (None, told):
            told = row["last_error"]
            warn(f"{row['step']} is tried again: {told}")
        await asyncio.sleep(LOOKED_AT_EVERY_S)


def _line(one: Progress) -> str:
    run = one.run
    return (
        f"{run['_id']} {run['leaderboard_id']} cycle {run['cycle']}: {run['state']} at {run['step']}, "
        f"{one.shards_done} of {one.shards} shards, {one.owed} rewards owed, {one.sent} sent"
    )


def _show_preview(preview: Preview, *, as_json: bool) -> None:
    if as_json:
        say_json(preview_view(preview))
        return
    for tier in preview.tiers:
        say(
            f"tier {tier.tier}: {tier.players} players in {tier.shards} shards; {tier.promoted} up, "
            f"{tier.demoted} down, {tier.idle_demoted} down for being idle, {tier.rewarded} rewarded"
        )
    if preview.season is not None:
        for number, subject, players in preview.season.rewarded:
            say(f"season's end, tier {number}: {players} get “{subject}”")
        say(f"season's end: {preview.season.dropped} drop to a lower tier")
