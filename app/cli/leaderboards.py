"""`laurel leaderboards`: rules as files."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer

from app.cli.output import say, say_json
from app.cli.target import AsJson, DataDir
from app.cli.work import with_resources
from app.game.definitions import UpdateRequest, stored_definitions
from app.game.errors import InvalidDefinition
from app.game.rules.definitions import Change, Definition, changes, read_definitions, to_wire
from app.kit.clock import utc_now
from app.kit.strict_json import decode
from app.resources import Resources

ACTOR = "laurel leaderboards apply"

leaderboards = typer.Typer(help="Rules as files.", no_args_is_help=True)

Files = Annotated[
    list[Path],
    typer.Argument(exists=True, dir_okay=False, help="JSON: a definition, a list, or {leaderboards: [...]}."),
]


@dataclass(frozen=True, slots=True)
class Difference:
    """What a file would change about one leaderboard."""

    leaderboard_id: str
    is_new: bool
    changes: list[Change]


@leaderboards.command()
def apply(
    files: Files,
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would change, change nothing.")
    ] = False,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Create and change leaderboards so that they are as in the files, all of them or none."""
    wire = [one for file in files for one in _definitions_in(file)]
    definitions, problems = read_definitions(wire)
    if problems:
        lines = [f"{problem.pointer} {problem.detail}" for problem in problems]
        raise InvalidDefinition("Nothing was changed: " + "; ".join(lines))

    async def act(resources: Resources) -> list[Difference]:
        differences = _differences(await stored_definitions(), definitions)
        changed = {difference.leaderboard_id for difference in differences}
        if changed and not dry_run:
            wanted = [to_wire(one) for one in definitions if one.leaderboard_id in changed]
            await resources.game.definitions.apply(UpdateRequest(several=wanted), actor=ACTOR, now=utc_now())
        return differences

    _show(with_resources(data_dir, act), as_json=as_json)


@leaderboards.command()
def export(data_dir: DataDir = None) -> None:
    """Print every definition as one file that `apply` takes."""
    stored = with_resources(data_dir, lambda _: stored_definitions())
    say_json({"leaderboards": [to_wire(stored[name]) for name in sorted(stored)]})


def _definitions_in(file: Path) -> Sequence[Any]:
    content = decode(file.read_bytes())
    if isinstance(content, dict) and "leaderboards" in content:
        content = content["leaderboards"]
    return content if isinstance(content, list) else [content]


def _differences(stored: dict[str, Definition], wanted: Sequence[Definition]) -> list[Difference]:
    compared = [
        Difference(
            one.leaderboard_id, one.leaderboard_id not in stored, changes(stored.get(one.leaderboard_id), one)
        )
        for one in wanted
    ]
    return [difference for difference in compared if difference.changes]


def _show(differences: list[Difference], *, as_json: bool) -> None:
    if as_json:
        say_json(
            [
                {
                    "leaderboardId": one.leaderboard_id,
                    "new": one.is_new,
                    "changes": [change._asdict() for change in one.changes],
                }
                for one in differences
            ]
        )
        return
    for one in differences:
        say(f"{'+' if one.is_new else '~'} {one.leaderboard_id}")
        if not one.is_new:
            for change in one.changes:
                say(f"    {change.pointer}: {_shown(change.old)} -> {_shown(change.new)}")
    say(f"{len(differences)} to change" if differences else "nothing to change")


def _shown(value: object) -> str:
    return "nothing" if value is None else orjson.dumps(value).decode()
