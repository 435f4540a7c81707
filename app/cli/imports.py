"""`laurel import`: scores from elsewhere."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Annotated, Any

import typer
from pydantic import ValidationError

from app.cli.output import progress, say, say_json, warn
from app.cli.target import AsJson, DataDir
from app.cli.work import with_resources
from app.game.score_round import ScoreOrder, keyed
from app.kit.clock import to_millis, utc_now
from app.kit.errors import Invalid
from app.kit.strict_json import decode
from app.resources import Resources
from app.routers.schemas.game import BulkScoreIn

CALLER = "laurel import"
CHUNK = 1_000

imports = typer.Typer(help="Scores from elsewhere.", no_args_is_help=True)

File = Annotated[
    Path,
    typer.Argument(
        exists=True, dir_okay=False, help="One JSON object per line, as in PATCH /leaderboard/scores."
    ),
]


@imports.command()
def scores(file: File, *, data_dir: DataDir = None, as_json: AsJson = False) -> None:
    """Add the scores of a file. A line with a requestId counts once, however often the file is imported."""
    orders = list(_orders(file))

    async def act(resources: Resources) -> list[str]:
        refusals: list[str] = []
        remaining = iter(orders)
        with progress("scores", len(orders)) as advance:
            while chunk := list(islice(remaining, CHUNK)):
                answers = await resources.game.submissions.submit_all(chunk, now_ms=to_millis(utc_now()))
                refusals += [
                    f"{order.account_id} {order.leaderboard_id}: {answer}"
                    for order, answer in zip(chunk, answers, strict=True)
                    if isinstance(answer, BaseException)
                ]
                advance(len(chunk))
        return refusals

    refusals = with_resources(data_dir, act)
    for refusal in refusals:
        warn(refusal)
    applied = len(orders) - len(refusals)
    if as_json:
        say_json({"applied": applied, "failed": len(refusals)})
    else:
        say(f"{applied} scores added, {len(refusals)} refused")
    if refusals:
        raise typer.Exit(1)


def _orders(file: Path) -> Iterator[ScoreOrder]:
    """The file's orders; the whole file is read first, so a faulty line stops the import before it began."""
    with file.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            if line.strip():
                yield _order(decode(line.strip()), number)


def _order(item: Any, number: int) -> ScoreOrder:
    try:
        score = BulkScoreIn.model_validate(item)
    except ValidationError as error:
        fault = error.errors()[0]
        place = "/".join(map(str, fault["loc"]))
        raise Invalid(f"line {number}, {place}: {fault['msg']}") from None
    order = ScoreOrder(score.account_id, score.leaderboard_id, score.guild_id, score.score)
    return order if score.request_id is None else keyed(order, caller=CALLER, key=score.request_id)
