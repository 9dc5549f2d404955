"""Outcomes as text: a table to read, JSON lines and CSV to process."""

from __future__ import annotations

import csv
import json
import sys
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Generic, Protocol, TextIO, TypeVar

from rich.console import Console
from rich.text import Text

from genrelab.errors import GenrelabError
from genrelab.runtime.answers import Failure


class OfAFile(Protocol):
    """What became of a file that could be read."""

    @property
    def path(self) -> Path:
        """The file, as it was given."""

    @property
    def notes(self) -> tuple[str, ...]:
        """Things worth saying that are no failure, one sentence each."""


T = TypeVar("T", bound=OfAFile)


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


class OutcomeWriter(ABC, Generic[T]):
    """Writes one outcome after another in one of the formats, each at once.

    JSON and CSV tell failures in their place; a table leaves them to the caller.

    Parameters
    ----------
    format_
        ``"table"``, ``"json"`` or ``"csv"``.
    out
        Where to.
    columns
        Of the CSV, without ``path``, which is the first, and ``error``, the last.
    """

    def __init__(self, format_: str, out: TextIO, columns: Sequence[str]) -> None:
        self._out = out
        self._n_columns = len(columns)
        self._write = {"table": self._table, "json": self._json, "csv": self._csv}[format_]
        #: Whether failures are among what is written; otherwise the caller has to tell them.
        self.tells_failures = format_ != "table"
        self._console = Console(file=out, soft_wrap=True, highlight=False, emoji=False)
        if format_ == "csv":
            self._row(["path", *columns, "error"])

    def write(self, outcome: T | Failure) -> None:
        """Write an outcome, or a failure where the format has a place for it."""
        self._write(outcome)
        self._out.flush()

    @abstractmethod
    def values(self, outcome: T) -> dict[str, Any]:
        """Return what stands behind the path in the JSON object."""

    @abstractmethod
    def rows(self, outcome: T) -> Iterable[Sequence[str]]:
        """Return the cells of each row of the CSV, those of the columns."""

    @abstractmethod
    def lines(self, outcome: T) -> Iterable[Text]:
        """Return the lines of the table."""

    def _json(self, outcome: T | Failure) -> None:
        if isinstance(outcome, Failure):
            values: dict[str, Any] = {"error": outcome.error}
        else:
            values = self.values(outcome)
        # ASCII: names of files are not always text, and no character can end the line early.
        self._out.write(json.dumps({"path": str(outcome.path), **values}) + "\n")

    def _csv(self, outcome: T | Failure) -> None:
        path = shown(outcome.path) if self._out.isatty() else str(outcome.path)
        if isinstance(outcome, Failure):
            self._row([path, *[""] * self._n_columns, outcome.error])
            return
        for cells in self.rows(outcome):
            self._row([path, *cells, ""])

    def _row(self, cells: Sequence[str]) -> None:
        csv.writer(self._out, lineterminator="\n").writerow(cells)

    def _table(self, outcome: T | Failure) -> None:
        if isinstance(outcome, Failure):
            return
        for line in self.lines(outcome):
            self._console.print(line)
