"""`python -m bench.markdown`: the last run as the table that the documents show."""

import orjson

from bench.results import COLUMNS, FILE, cells


def main() -> None:
    """Print date, machine and every line of `results.json`."""
    run = orjson.loads(FILE.read_bytes())
    machine = ", ".join(f"{name} {fact}" for name, fact in run["machine"].items())
    print(f"{run['date'][:10]}, {machine}; {run['plan']['pairs']} pairs of {run['plan']['seconds']} s.\n")
    for row in (COLUMNS, ["---"] * len(COLUMNS), *map(cells, run["lines"])):
        print(f"| {' | '.join(row)} |")


if __name__ == "__main__":
    main()
