"""Segmentations as text: a table to read, JSON lines and CSV to process."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any, TextIO

from rich.console import Console
from rich.text import Text

from genrelab.cli.answers import shown
from genrelab.clock import clock
from genrelab.runtime.answers import Failure
from genrelab.segmentation import Part, Segmentation, Segmenter

COLUMNS = ("path", "part", "letter", "start", "end", "duration", "share", "representative", "error")


class PartsWriter:
    """Writes one file's parts after another's in one of the formats, each at once.

    Parameters
    ----------
    format_
        ``"table"``, ``"json"`` or ``"csv"``.
    out
        Where to.
    segmenter
        Whose parameters JSON tells.
    """

    def __init__(self, format_: str, out: TextIO, segmenter: Segmenter) -> None:
        self._out = out
        self._segmenter = segmenter
        self._write = {"table": self._table, "json": self._json, "csv": self._csv}[format_]
        self._first = True
        #: Whether failures are among what is written; otherwise the caller has to tell them.
        self.tells_failures = format_ != "table"
        if format_ == "csv":
            self._row(list(COLUMNS))

    def write(self, path: Path, outcome: Segmentation | Failure) -> None:
        """Write a segmentation, or a failure where the format has a place for it."""
        self._write(path, outcome)
        self._out.flush()

    def _json(self, path: Path, outcome: Segmentation | Failure) -> None:
        values: dict[str, Any] = {"path": str(path)}
        if isinstance(outcome, Failure):
            values["error"] = outcome.error
        else:
            values["duration"] = outcome.duration
            values["window"] = outcome.window
            values["hop"] = outcome.hop
            values["n_clusters"] = outcome.n_clusters
            values["parts"] = [_part(p) for p in outcome.parts]
            values["representative"] = _part(outcome.representative)
            values["eigenvalues"] = outcome.eigenvalues.tolist()
            values["parameters"] = self._segmenter.to_dict()
        # ASCII: names of files are not always text, and no character can end the line early.
        self._out.write(json.dumps(values) + "\n")

    def _csv(self, path: Path, outcome: Segmentation | Failure) -> None:
        name = shown(path) if self._out.isatty() else str(path)
        if isinstance(outcome, Failure):
            self._row([name, *[""] * (len(COLUMNS) - 2), outcome.error])
            return
        best = outcome.representative
        for k, part in enumerate(outcome.parts, start=1):
            times = [part.start, part.end, part.duration, part.duration / outcome.duration]
            self._row(
                [name, str(k), part.letter, *map(repr, times), str(int(part == best)), ""],
            )

    def _row(self, cells: list[str]) -> None:
        csv.writer(self._out, lineterminator="\n").writerow(cells)

    def _table(self, path: Path, outcome: Segmentation | Failure) -> None:
        if isinstance(outcome, Failure):
            return
        console = Console(file=self._out, soft_wrap=True, highlight=False, emoji=False)
        if not self._first:
            console.print()
        self._first = False
        console.print(Text(shown(path), "bold").append(f"  {_summary(outcome)}", "not bold"))
        time = len(clock(outcome.duration, tenths=True))
        letters = max(len(p.letter) for p in outcome.parts)
        places = len(str(len(outcome.parts)))
        for k, part in enumerate(outcome.parts, start=1):
            start, end, length = (
                clock(t, tenths=True).rjust(time) for t in (part.start, part.end, part.duration)
            )
            line = Text(f"{k:{places + 2}}  ", "dim")
            line.append(part.letter.ljust(letters), "bold")
            line.append(f"  {start} to {end}", "not dim")
            line.append(f"  {length}  {part.duration / outcome.duration:4.0%}", "green")
            if part == outcome.representative:
                line.append("  representative", "bold")
            console.print(line)


def _part(part: Part) -> dict[str, Any]:
    return {"start": part.start, "end": part.end, "letter": part.letter}


def _summary(found: Segmentation) -> str:
    n, k = len(found.parts), found.n_clusters
    text = f"{clock(found.duration, tenths=True)}, {n} part{'s' * (n != 1)}"
    text += f" of {k} cluster{'s' * (k != 1)}"
    return f"{text}, from windows of {found.window:g} s"
