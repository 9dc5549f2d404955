"""What it costs to start: imports and help, each in a fresh process."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from benchmarks.measure import Row, run, times_faster


def rows() -> Iterator[Row]:
    """Seconds of a whole process, the interpreter's own start included in both."""
    python = sys.executable
    import_librosa = [python, "-c", "import librosa; librosa.load"]
    ways = {
        "import genrelab": [python, "-c", "import genrelab"],
        "genrelab --help": [python, "-m", "genrelab.cli", "--help"],
    }
    for what, command in ways.items():
        ratio, low, high, seconds = times_faster(
            lambda command=command: run(command), lambda: run(import_librosa), repeats=5
        )
        yield Row(what, "import librosa", ratio, low, high, "10", f"{seconds * 1e3:.0f} ms")
