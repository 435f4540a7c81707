"""`laurel index`: the rank index, rebuilt from MongoDB or compared with it."""

from dataclasses import asdict

import typer

from app.cli.output import progress, say, say_json
from app.cli.target import AsJson, DataDir
from app.cli.work import with_resources
from app.game.indexing import Drift, build_board, check_board, live_shard_ids
from app.resources import Resources

DIFFERS = 1

index = typer.Typer(help="The rank index.", no_args_is_help=True)


@index.command()
def rebuild(*, data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """Build every live board again from MongoDB; scores and rankings go on meanwhile."""

    async def act(resources: Resources) -> tuple[int, int]:
        shard_ids = [shard_id async for shard_id in live_shard_ids()]
        built = 0
        with progress("boards", len(shard_ids)) as advance:
            for shard_id in shard_ids:
                built += await build_board(resources.ranks, shard_id)
                advance(1)
        return built, len(shard_ids)

    built, boards = with_resources(data_dir, act)
    if as_json:
        say_json({"boards": boards, "built": built})
    else:
        say(f"built {built} of {boards} boards")


@index.command()
def check(*, data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """Compare every live board with MongoDB; ends with code 1 if one differs or is missing."""

    async def act(resources: Resources) -> list[Drift]:
        shard_ids = [shard_id async for shard_id in live_shard_ids()]
        drifts = []
        with progress("boards", len(shard_ids)) as advance:
            for shard_id in shard_ids:
                drifts.append(await check_board(resources.ranks, shard_id))
                advance(1)
        return drifts

    drifts = with_resources(data_dir, act)
    wrong = sum(drift.wrong for drift in drifts)
    missing = sum(not drift.ready for drift in drifts)
    entries = sum(drift.entries for drift in drifts)
    if as_json:
        differing = [asdict(drift) for drift in drifts if drift.wrong or not drift.ready]
        say_json(
            {
                "boards": len(drifts),
                "entries": entries,
                "wrong": wrong,
                "missing": missing,
                "differing": differing,
            }
        )
    elif wrong or missing:
        say(f"{wrong} wrong lines and {missing} missing boards; {len(drifts)} boards, {entries} entries")
    else:
        say(f"no drift: {len(drifts)} boards, {entries} entries")
    if wrong or missing:
        raise typer.Exit(DIFFERS)
