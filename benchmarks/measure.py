"""Measuring two ways of doing the same thing against each other."""

from __future__ import annotations

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


def run(command: Sequence[str]) -> None:
    """Run a command to its end, its output thrown away."""
    subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)


# In a small process of its own: a process counts as its own what its parent held when it was born.
_PEAK = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


def peak_memory(command: Sequence[str]) -> float:
    """Run a command; return the peak memory in MiB of its largest process."""
    done = subprocess.run(
        [sys.executable, "-c", _PEAK, *command], check=True, stdout=subprocess.PIPE, text=True
    )
    unit = 1 if sys.platform == "darwin" else 1024  # bytes there, KiB on Linux
    return int(done.stdout) * unit / 2**20
