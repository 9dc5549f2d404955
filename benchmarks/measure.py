"""Measuring two ways of doing the same thing against each other."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """One line of the table: how many times faster (or larger) something is than another."""

    what: str
    against: str
    ratio: float
    low: float
    high: float
    aim: str
    note: str = ""


def times_faster(
    ours: Callable[[], object], theirs: Callable[[], object], *, repeats: int = 7
) -> tuple[float, float, float, float]:
    """Run both in turn; return median, least and greatest of theirs/ours, and our median seconds.

    Pairs stand next to each other in time, so that a machine whose speed drifts does no harm.
    """
    ours()
    theirs()
    ratios, mine = [], []
    for _ in range(repeats):
        start = time.perf_counter()
        ours()
        middle = time.perf_counter()
        theirs()
        end = time.perf_counter()
        ratios.append((end - middle) / (middle - start))
        mine.append(middle - start)
    return statistics.median(ratios), min(ratios), max(ratios), statistics.median(mine)


def run(command: Sequence[str]) -> tuple[float, int]:
    """Run a command, its output thrown away; return its wall seconds and peak memory in KiB."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{' '.join(command)} ended with {process.returncode}")
    scale = 1024 if sys.platform == "darwin" else 1  # bytes there, KiB on Linux
    return time.perf_counter() - start, usage.ru_maxrss // scale
