"""Run all benchmarks, print the table and write docs/benchmarks.md; of some, only their lines."""

from __future__ import annotations

import argparse
import os
import platform
from importlib import import_module
from pathlib import Path

import genrelab
from benchmarks.measure import Row

MODULES = (
    *("features", "classify", "startup", "memory", "zoo", "training", "recurrent", "audit"),
    "segmentation",
)
PAGE = Path(__file__).parents[1] / "docs" / "benchmarks.md"

HEAD = """# Benchmarks

Written by `make bench`; do not edit. Each ratio is the median of pairs run in turn on the same
files (least and greatest in brackets): above 1, genrelab is that many times faster, or, where the
line says cost or memory, that many times larger. genrelab {version}, {machine}.

| what | against | ratio | aim | detail |
| --- | --- | --- | --- | --- |
"""


def main() -> None:
    """Run the benchmarks named, or all."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(MODULES))
    chosen = parser.parse_args().names or MODULES
    unknown = set(chosen) - set(MODULES)
    if unknown:
        parser.error(f"no benchmark is called {min(unknown)!r}")
    rows: list[Row] = []
    for name in chosen:
        for row in import_module(f"benchmarks.{name}").rows():
            print(_line(row), flush=True)
            rows.append(row)
    machine = f"{os.cpu_count()} CPU cores, {platform.machine()}"
    head = HEAD.format(version=genrelab.__version__, machine=machine)
    before = PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""
    kept: list[str] = []
    if tuple(chosen) != MODULES and before.startswith(head):  # same version, same kind of machine
        kept = before[len(head) :].splitlines()
    elif tuple(chosen) != MODULES:
        return
    measured = {_what(_line(row)): _line(row) for row in rows}
    lines = [measured.pop(_what(line), line) for line in kept] + list(measured.values())
    PAGE.write_text(head + "\n".join(lines) + "\n", encoding="utf-8")


def _what(line: str) -> str:
    """Return what a line compares with what."""
    return "|".join(line.split("|")[:3])


def _line(row: Row) -> str:
    ratio = f"{row.ratio:.2f} ({row.low:.2f} to {row.high:.2f})"
    if row.low == row.high:
        ratio = f"{row.ratio:.2f}"
    return f"| {row.what} | {row.against} | {ratio} | {row.aim} | {row.note} |"


if __name__ == "__main__":
    main()
