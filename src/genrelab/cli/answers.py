"""Answers as text: a table to read, JSON lines and CSV to process."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any, TextIO

from rich.console import Console
from rich.text import Text

from genrelab.clock import clock
from genrelab.errors import GenrelabError
from genrelab.runtime.answers import Answer, Failure, Stretch, ranked

UNSURE = "unsure"


def shown(text: str | Path) -> str:
    r"""Return text as one harmless line: what is no printable character is spelled out.

    Examples
    --------
    >>> print(shown("a\nb\x1b[31m"))
    a\nb\x1b[31m
    """
    return "".join(
        c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in str(text)
    )


@contextmanager
def open_output(path: Path | None) -> Iterator[TextIO]:
    """Open the file for the answers, or pass standard output on, able to say any character."""
    if path is None:
        if hasattr(sys.stdout, "reconfigure"):
            sys.stdout.reconfigure(errors="backslashreplace")
        yield sys.stdout
        return
    try:
        file = path.open("w", encoding="utf-8", errors="backslashreplace", newline="")
    except OSError as error:
        raise GenrelabError(f"{str(path)!r} cannot be written ({error.strerror}).") from error
    with file:
        yield file


class Writer:
    """Writes one outcome after another in one of the formats, each at once.

    Parameters
    ----------
    format_
        ``"table"``, ``"json"`` or ``"csv"``.
    out
        Where to.
    labels
        The bundle's labels, in order.
    top
        How many genres a line of the table shows.
    unsure_below
        Answers with less confidence are labelled ``unsure``.
    stretches
        Whether answers tell of less than the whole track too: their timeline, their parts. Then
        the CSV has a row a stretch, each with its file's path, and the columns ``start``, ``end``
        and ``part``; times are seconds, so that a spreadsheet can add them up. It has no row for
        a track as a whole, which would count everything twice.
    """

    def __init__(
        self,
        format_: str,
        out: TextIO,
        *,
        labels: Sequence[str],
        top: int = 1,
        unsure_below: float = 0.0,
        stretches: bool = False,
    ) -> None:
        self._out = out
        self._labels = labels
        self._top = min(top, len(labels))
        self._unsure_below = unsure_below
        self._stretches = stretches
        self._write = {"table": self._table, "json": self._json, "csv": self._csv}[format_]
        #: Whether failures are among what is written; otherwise the caller has to tell them.
        self.tells_failures = format_ != "table"
        if format_ == "csv":
            between = ["start", "end", "part"] if stretches else []
            self._row(["path", *between, "label", "confidence", *labels, "duration", "error"])
        if format_ == "table":
            self._console = Console(file=out, soft_wrap=True, highlight=False, emoji=False)

    def write(self, outcome: Answer | Failure) -> None:
        """Write an answer, or a failure where the format has a place for it."""
        self._write(outcome)
        self._out.flush()

    def _label(self, said: Answer | Stretch) -> str:
        return UNSURE if said.confidence < self._unsure_below else said.label

    def _json(self, outcome: Answer | Failure) -> None:
        values: dict[str, Any] = {"path": str(outcome.path)}
        if isinstance(outcome, Failure):
            values["error"] = outcome.error
        else:
            values |= self._said(outcome)
            values["duration"] = outcome.duration
            if outcome.timeline is not None:
                values["timeline"] = asdict(outcome.timeline)
                values["timeline"]["stretches"] = list(
                    map(self._stretch, outcome.timeline.stretches)
                )
            if outcome.parts:
                values["parts"] = list(map(self._stretch, outcome.parts))
        # ASCII: names of files are not always text, and no character can end the line early.
        self._out.write(json.dumps(values) + "\n")

    def _said(self, said: Answer | Stretch) -> dict[str, Any]:
        return {
            "label": self._label(said),
            "confidence": said.confidence,
            "probabilities": said.probabilities,
        }

    def _stretch(self, stretch: Stretch) -> dict[str, Any]:
        part = {"part": stretch.part} if stretch.part else {}
        return {"start": stretch.start, "end": stretch.end, **part, **self._said(stretch)}

    def _csv(self, outcome: Answer | Failure) -> None:
        path = str(outcome.path)
        if self._out.isatty():
            path = shown(path)
        if isinstance(outcome, Failure):
            nothing = [""] * (len(self._labels) + 3 + 3 * self._stretches)
            self._row([path, *nothing, outcome.error])
            return
        for said in outcome.stretches if self._stretches else [outcome]:
            row = [path]
            if isinstance(said, Stretch):
                row += [repr(said.start), repr(said.end), said.part]
            row += [self._label(said), repr(said.confidence)]
            row += [repr(said.probabilities[label]) for label in self._labels]
            self._row([*row, repr(outcome.duration), ""])

    def _row(self, cells: list[str]) -> None:
        csv.writer(self._out, lineterminator="\n").writerow(cells)

    def _table(self, outcome: Answer | Failure) -> None:
        if isinstance(outcome, Failure):
            return
        self._console.print(self._verdict(outcome).append("  ").append(shown(outcome.path)))
        width = len(clock(outcome.duration))
        for stretch in outcome.stretches:
            start, end = clock(stretch.start).rjust(width), clock(stretch.end).rjust(width)
            line = Text(f"    {start} - {end}  ").append(self._verdict(stretch))
            if stretch.part:
                line.append("  ").append(shown(stretch.part))
            self._console.print(line)

    def _verdict(self, said: Answer | Stretch) -> Text:
        """Return the genre, or that it is unsure, its confidence and the next best."""
        width = max(map(len, map(shown, self._labels)))
        unsure = said.confidence < self._unsure_below
        best = shown(said.label)
        verdict = f"{UNSURE} ({best})" if unsure else best
        if self._unsure_below > 0:
            verdict = verdict.ljust(width + len(f"{UNSURE} ()"))
        line = Text().append(verdict.ljust(width), "dim" if unsure else "bold")
        line.append(f" {said.confidence:4.0%}", "" if unsure else "green")
        for label, p in ranked(said.probabilities)[1 : self._top]:
            line.append(f"  {shown(label).ljust(width)} {p:4.0%}", "dim")
        return line
