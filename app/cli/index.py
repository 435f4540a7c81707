"""`laurel index`: the rank index, rebuilt from MongoDB or compared with it."""

from dataclasses import asdict

import typer

from app.cli.output import progress, say, say_json
from app.cli.target import AsJson, DataDir
from app.cli.work import with_resources
from app.game.indexing import build_board, check_board, live_shard_ids
from app.kit.clock import utc_now
from app.ranking.drift import Drift
from app.ranking.index import RankIndex
from app.resources import Resources
from app.xp import board_building, board_checks
from app.xp.rules.boards import is_xp_board

DIFFERS = 1

index = typer.Typer(help="The rank index.", no_args_is_help=True)


@index.command()
def rebuild(*, data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """Build every live board again from MongoDB; scores and rankings go on meanwhile."""

    async def act(resources: Resources) -> tuple[int, int]:
        board_ids = await _live_board_ids()
        built = 0
        with progress("boards", len(board_ids)) as advance:
            for board_id in board_ids:
                built += await _build(resources.ranks, board_id)
                advance(1)
        return built, len(board_ids)

    built, boards = with_resources(data_dir, act)
    if as_json:
        say_json({"boards": boards, "built": built})
    else:
        say(f"built {built} of {boards} boards")


@index.command()
def check(*, data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """Compare every live board with MongoDB; ends with code 1 if one differs or is missing."""

    async def act(resources: Resources) -> list[Drift]:
        board_ids = await _live_board_ids()
        drifts = []
        with progress("boards", len(board_ids)) as advance:
            for board_id in board_ids:
                drifts.append(await _check(resources.ranks, board_id))
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


async def _live_board_ids() -> list[str]:
    """The boards of game leaderboards, then those of XP."""
    shard_ids = [shard_id async for shard_id in live_shard_ids()]
    return shard_ids + [board_id async for board_id in board_building.live_board_ids(utc_now())]


async def _build(ranks: RankIndex, board_id: str) -> bool:
    if is_xp_board(board_id):
        return await board_building.build_board(ranks, board_id, utc_now())
    return await build_board(ranks, board_id)


async def _check(ranks: RankIndex, board_id: str) -> Drift:
    if is_xp_board(board_id):
        return await board_checks.check_board(ranks, board_id)
    return await check_board(ranks, board_id)
