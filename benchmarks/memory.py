"""Peak memory of classifying a long file against a short one."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import soundfile

from benchmarks.measure import Row, peak_memory

SHORT, LONG = 3 * 60, 2 * 60 * 60


def rows() -> Iterator[Row]:
    """Two flac files of noise, through the command line in a fresh process."""
    with tempfile.TemporaryDirectory() as folder:
        peaks = {}
        for seconds in (SHORT, LONG):
            path = Path(folder) / f"{seconds}.flac"
            rng = np.random.default_rng(0)
            with soundfile.SoundFile(path, "w", 22050, 1) as file:
                for _ in range(seconds // 10):
                    file.write(rng.normal(scale=0.1, size=10 * 22050).astype(np.float32))
            command = [sys.executable, "-m", "genrelab.cli", "classify", str(path)]
            peaks[seconds] = peak_memory(command)
    ratio = peaks[LONG] / peaks[SHORT]
    note = f"{peaks[LONG]:.0f} MiB against {peaks[SHORT]:.0f} MiB"
    yield Row("peak memory, 2-hour file", "3-minute file", ratio, ratio, ratio, "at most 1.2", note)
