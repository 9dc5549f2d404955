"""Reading the CSV beside a data set: rows with their line numbers, columns by their usual names."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from genrelab.datasets.base import Problem
from genrelab.errors import DatasetError, did_you_mean

#: What a column is called in the manifests that the field passes round, best name first.
USUAL_NAMES: dict[str, tuple[str, ...]] = {
    "id": ("id", "track_id", "trackid"),
    "path": ("path", "file", "filename", "file_name", "filepath", "file_path", "audio"),
    "label": ("label", "genre", "class", "style"),
    "group": ("group", "artist", "band", "performer"),
    "row": ("row", "index"),
    "offset": ("offset", "start"),
    "duration": ("duration", "length"),
    "source": ("source", "recording"),
}
#: How the parts of a published split are written, and what genrelab calls them.
PARTS: dict[str, str] = {
    "train": "train",
    "training": "train",
    "valid": "valid",
    "val": "valid",
    "validation": "valid",
    "dev": "valid",
    "test": "test",
    "testing": "test",
    "eval": "test",
    "evaluation": "test",
}
_DELIMITERS = (",", ";", "\t")


@dataclass(frozen=True)
class Row:
    """One row of a table: the line of the file it starts on, and its values by column."""

    line: int
    values: dict[str, str]


@dataclass(frozen=True)
class Table:
    """A CSV file with a header.

    Parameters
    ----------
    path
        The file.
    columns
        The header.
    rows
        The rows as wide as the header, blank ones left out; values without outer blanks.
    problems
        The other rows.
    """

    path: Path
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    problems: tuple[Problem, ...]

    @classmethod
    def read(cls, path: Path) -> Table:
        """Read a UTF-8 file (with or without byte-order mark) with ``,``, ``;`` or tabs."""
        try:
            text = path.read_bytes().decode("utf-8-sig")
        except OSError as error:
            raise DatasetError(f"{path}: cannot be read ({error.strerror or error}).") from error
        except UnicodeDecodeError as error:
            raise DatasetError(f"{path}: is not UTF-8 text; save the table as UTF-8.") from error
        if "\0" in text:
            raise DatasetError(f"{path}: is not a table of text.")
        first = text.lstrip("\r\n").split("\n", 1)[0]
        delimiter = max(_DELIMITERS, key=first.count)
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        columns: tuple[str, ...] = ()
        rows: list[Row] = []
        problems: list[Problem] = []
        line = 1
        try:
            for cells in reader:
                start, line = line, reader.line_num + 1
                cells = [cell.strip() for cell in cells]
                if not any(cells):
                    continue
                if not columns:
                    columns = tuple(cells)
                elif len(cells) != len(columns):
                    message = f"the row has {len(cells)} values; the header has {len(columns)}."
                    problems.append(Problem(f"line {start}", message))
                else:
                    rows.append(Row(start, dict(zip(columns, cells, strict=True))))
        except csv.Error as error:
            raise DatasetError(f"{path}: line {line} cannot be read as CSV ({error}).") from error
        repeated = [c for i, c in enumerate(columns) if c in columns[:i]]
        if repeated:
            raise DatasetError(f"{path}: two columns are called {repeated[0]!r}.")
        if not columns:
            raise DatasetError(f"{path}: is empty; a header and a row a track are needed.")
        return cls(path, columns, tuple(rows), tuple(problems))

    def named(self, column: str) -> str:
        """Return the column a user has named; an unknown one raises :class:`DatasetError`."""
        if column not in self.columns:
            raise DatasetError(
                f"{self.path}: has no column {column!r}.{did_you_mean(column, self.columns)} "
                f"It has: {', '.join(self.columns)}."
            )
        return column

    def find(self, kind: str, given: str | None = None) -> str | None:
        """Return the column ``given``, else the first with a usual name of its kind, else None."""
        if given is not None:
            return self.named(given)
        lower = {column.lower(): column for column in reversed(self.columns)}
        return next((lower[name] for name in USUAL_NAMES[kind] if name in lower), None)

    def need(self, kind: str, given: str | None = None, *, option: str) -> str:
        """Like :meth:`find`, but a missing column raises :class:`DatasetError`."""
        column = self.find(kind, given)
        if column is None:
            raise DatasetError(
                f"{self.path}: has no {kind} column (one of {', '.join(USUAL_NAMES[kind])}); "
                f"it has: {', '.join(self.columns)}. Name the right one with {option}."
            )
        return column

    def splits(self, *, given: Sequence[str] | None, taken: Sequence[str | None]) -> list[str]:
        """Return the columns that hold published splits.

        Those the user has named; else every column not ``taken`` whose values are parts of a
        split (``train``, ``test`` and the like) or whose name says that they are folds.
        """
        if given is not None:
            return [self.named(column) for column in given]
        return [c for c in self.columns if c not in taken and self._is_split(c)]

    def _is_split(self, column: str) -> bool:
        values = {row.values[column].lower() for row in self.rows} - {""}
        parts = {PARTS.get(value) for value in values}
        return ({"train", "test"} <= parts and None not in parts) or (
            "fold" in column.lower() and len(values) > 1
        )


def part_name(value: str) -> str:
    """Return genrelab's name of a part of a split; a fold's name is returned as it is.

    Examples
    --------
    >>> part_name("Validation"), part_name("3")
    ('valid', '3')
    """
    return PARTS.get(value.lower(), value)


def find_table(root: Path, *, given: str | Path | None, what: str) -> Path:
    """Return the CSV of a data set at ``root``, which is the CSV itself or the folder it lies in.

    In a folder it is the file ``given``, else ``index.csv`` or ``manifest.csv``, else the only CSV.
    """
    if given is not None:
        table = root / given if root.is_dir() else Path(given)
        if not table.is_file():
            raise DatasetError(f"{table}: there is no such {what}.")
        return table
    if root.is_file():
        return root
    if not root.is_dir():
        raise DatasetError(f"{root}: there is no such file or folder.")
    for usual in ("index.csv", "manifest.csv"):
        if (root / usual).is_file():
            return root / usual
    found = sorted(p for p in root.glob("*.csv") if p.is_file())
    if len(found) == 1:
        return found[0]
    names = ", ".join(p.name for p in found)
    raise DatasetError(
        f"{root}: holds several CSV files ({names}); name one with manifest=."
        if found
        else f"{root}: holds no CSV file; a {what} (index.csv) is needed."
    )
