"""What commands print: results on stdout, everything about the work itself on stderr."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import orjson
import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

PLAIN_STEPS = 10


def say(text: str) -> None:
    """One result for whoever reads stdout, a person or a program."""
    typer.echo(text)


def say_json(value: object) -> None:
    """A result as JSON."""
    typer.echo(orjson.dumps(value, option=orjson.OPT_INDENT_2).decode())


def warn(text: str) -> None:
    """One line about the work, on stderr."""
    typer.echo(f"laurel: {text}", err=True)


@contextmanager
def progress(title: str, total: int) -> Iterator[Callable[[int], None]]:
    """Report long work: a bar on a terminal, a line every tenth elsewhere. Call it with the amount done."""
    if sys.stderr.isatty():
        with _bar(title, total) as advance:
            yield advance
    else:
        yield _lines(title, total)


@contextmanager
def _bar(title: str, total: int) -> Iterator[Callable[[int], None]]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, transient=False) as shown:
        task = shown.add_task(title, total=total)
        yield lambda amount: shown.advance(task, amount)


def _lines(title: str, total: int) -> Callable[[int], None]:
    done = 0
    step = max(1, total // PLAIN_STEPS)

    def advance(amount: int) -> None:
        nonlocal done
        before, done = done, done + amount
        if done // step > before // step or done == total:
            warn(f"{title}: {done} of {total}")

    return advance
