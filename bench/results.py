"""What a run found, in a table and in `results.json`."""

import os
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
from rich.console import Console
from rich.table import Table

from bench.figures import Line
from bench.plan import Plan
from bench.stand import Stand

FILE = Path(__file__).with_name("results.json")
GIB = 1 << 30
COLUMNS = ("work", "unit", "Laurel", "floor", "ratio", "spread", "target", "met")


def machine(stand: Stand) -> dict[str, Any]:
    """What the figures depend on: the machine and the servers."""
    redis: Any = stand.redis.info("server")
    return {
        "cpu": _cpu_model(),
        "cores": os.cpu_count(),
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / GIB, 1),
        "python": platform.python_version(),
        "mongod": stand.mongodb.server_info()["version"],
        "redis": redis["redis_version"],
    }


def write(lines: Sequence[Line], plan: Plan, machine_facts: dict[str, Any]) -> None:
    """Keep the last run beside this module."""
    kept = {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "machine": machine_facts,
        "plan": {"pairs": plan.pairs, "seconds": plan.seconds, "largest": plan.largest},
        "lines": [line.as_json() for line in lines],
    }
    FILE.write_bytes(orjson.dumps(kept, option=orjson.OPT_INDENT_2) + b"\n")


def show(lines: Sequence[Line], machine_facts: dict[str, Any]) -> None:
    """Print the table, whole lines even where nobody watches."""
    table = Table(*COLUMNS)
    for line in lines:
        table.add_row(*cells(line.as_json()))
    console = Console()
    if not console.is_terminal:
        console.width = 160
    console.print(table)
    console.print(", ".join(f"{name} {fact}" for name, fact in machine_facts.items()), highlight=False)


def cells(line: dict[str, Any]) -> list[str]:
    """One row of the table, from the line as `results.json` keeps it."""
    ratios = line["ratios"]
    return [
        line["work"],
        line["unit"],
        _short(line["subject"]),
        "" if line["floor"] is None else _short(line["floor"]),
        "" if line["ratio"] is None else f"{line['ratio']:.2f}",
        f"{min(ratios):.2f} .. {max(ratios):.2f}" if ratios else "",
        line["target"],
        {True: "yes", False: "no", None: ""}[line["met"]],
    ]


def _short(figure: float) -> str:
    return f"{figure:,.0f}" if figure >= 100 else f"{figure:.2f}"


def _cpu_model() -> str:
    described = Path("/proc/cpuinfo")
    lines = described.read_text().splitlines() if described.exists() else []
    return next(
        (line.partition(": ")[2] for line in lines if line.startswith("model name")), platform.machine()
    )
