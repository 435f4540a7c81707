"""`laurel stats`: player events of days or months mended by hand."""

import re
from calendar import monthrange
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from app.cli.output import progress, say, say_json
from app.cli.target import AsJson, DataDir
from app.cli.work import with_resources
from app.kit.clock import utc_now
from app.listening.cleanup import Report, clean
from app.listening.rules.spans import Span, days, months
from app.resources import Resources

#: In which there may be events.
YEARS = range(1970, 9999)

stats = typer.Typer(help="Listening statistics.", no_args_is_help=True)


@dataclass(frozen=True, slots=True)
class Bound:
    """A day, or a whole month."""

    first: date
    last: date

    @property
    def is_month(self) -> bool:
        """True if it is a month."""
        return self.first != self.last


def _bound(text: str) -> Bound:
    try:
        if re.fullmatch(r"\d{4}-\d{2}", text, re.ASCII):
            first = date.fromisoformat(f"{text}-01")
            last = first.replace(day=monthrange(first.year, first.month)[1])
        else:
            first = last = date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter("must be like 2024-05-01, or 2024-05 for a month") from None
    if first.year not in YEARS:
        raise typer.BadParameter(f"must be from {YEARS[0]} to {YEARS[-1]}")
    return Bound(first, last)


@stats.callback()
def _group() -> None:
    """Listening statistics."""


@stats.command()
def cleanup(
    first: Annotated[
        Bound, typer.Option("--from", parser=_bound, metavar="DAY", help="2024-05-01 or 2024-05.")
    ],
    last: Annotated[Bound, typer.Option("--to", parser=_bound, metavar="DAY", help="The last, included.")],
    *,
    data_dir: DataDir = None,
    as_json: AsJson = False,
) -> None:
    """Mend player events from one day to another, or month by month; a second time changes nothing.

    Days start at 04:00 in LAUREL_STATS_TIME_ZONE. The hourly clean-up of workers looks at the last two days.
    """
    if last.last < first.first:
        raise typer.BadParameter("--to must not be before --from")
    if first.is_month != last.is_month:
        raise typer.BadParameter("--from and --to must both be days, or both be months")
    split = months if first.is_month else days
    report = with_resources(data_dir, lambda opened: _clean(opened, split, first, last))
    if as_json:
        say_json(report.as_json())
        return
    for rule, changed in report.changed.items():
        say(f"{rule:<17} {changed} changed")
    for uid in sorted(report.unknown_media):
        say(f"unknown media     {uid}")


Split = Callable[[date, date, ZoneInfo], Iterator[Span]]


async def _clean(resources: Resources, split: Split, first: Bound, last: Bound) -> Report:
    spans = list(split(first.first, last.last, resources.listening.zone))
    with progress("months" if first.is_month else "days", len(spans)) as tell:
        return await clean(spans, now=utc_now(), tell=tell)
