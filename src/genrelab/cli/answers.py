"""Answers as text: a table to read, JSON lines and CSV to process."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from rich.console import Console
from rich.text import Text

from genrelab.errors import GenrelabError
from genrelab.runtime.answers import Answer, Failure

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
    """

    def __init__(
        self,
        format_: str,
        out: TextIO,
        *,
        labels: Sequence[str],
        top: int = 1,
        unsure_below: float = 0.0,
    ) -> None:
        self._out = out
        self._labels = labels
        self._top = min(top, len(labels))
        self._unsure_below = unsure_below
        self._write = {"table": self._table, "json": self._json, "csv": self._csv}[format_]
        #: Whether failures are among what is written; otherwise the caller has to tell them.
        self.tells_failures = format_ != "table"
        if format_ == "csv":
            self._row(["path", "label", "confidence", *labels, "duration", "error"])
        if format_ == "table":
            self._console = Console(file=out, soft_wrap=True, highlight=False, emoji=False)

    def write(self, outcome: Answer | Failure) -> None:
        """Write an answer, or a failure where the format has a place for it."""
        self._write(outcome)
        self._out.flush()

    def _label(self, answer: Answer) -> str:
        return UNSURE if answer.confidence < self._unsure_below else answer.label

    def _json(self, outcome: Answer | Failure) -> None:
        values: dict[str, Any] = {"path": str(outcome.path)}
        if isinstance(outcome, Failure):
            values["error"] = outcome.error
        else:
            values["label"] = self._label(outcome)
            values["confidence"] = outcome.confidence
            values["probabilities"] = outcome.probabilities
            values["duration"] = outcome.duration
        # ASCII: names of files are not always text, and no character can end the line early.
        self._out.write(json.dumps(values) + "\n")

    def _csv(self, outcome: Answer | Failure) -> None:
        path = str(outcome.path)
        if self._out.isatty():
            path = shown(path)
        if isinstance(outcome, Failure):
            self._row([path, "", "", *[""] * len(self._labels), "", outcome.error])
        else:
            probabilities = [repr(outcome.probabilities[label]) for label in self._labels]
            confidence, duration = repr(outcome.confidence), repr(outcome.duration)
            self._row([path, self._label(outcome), confidence, *probabilities, duration, ""])

    def _row(self, cells: list[str]) -> None:
        csv.writer(self._out, lineterminator="\n").writerow(cells)

    def _table(self, outcome: Answer | Failure) -> None:
        if isinstance(outcome, Failure):
            return
        width = max(map(len, map(shown, self._labels)))
        unsure = self._label(outcome) == UNSURE and self._unsure_below > 0
        best = shown(outcome.label)
        verdict = f"{UNSURE} ({best})" if unsure else best
        if self._unsure_below > 0:
            verdict = verdict.ljust(width + len(f"{UNSURE} ()"))
        line = Text().append(verdict.ljust(width), "dim" if unsure else "bold")
        line.append(f" {outcome.confidence:4.0%}", "" if unsure else "green")
        for label, p in outcome.top(self._top)[1:]:
            line.append(f"  {shown(label).ljust(width)} {p:4.0%}", "dim")
        line.append("  ").append(shown(outcome.path))
        self._console.print(line)
