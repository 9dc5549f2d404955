"""A data set listed in a CSV file: path, label, and optionally artist, offset, splits and more."""

from __future__ import annotations

import math
import os
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from genrelab.datasets.base import Dataset, Info, Problem
from genrelab.datasets.table import Row, Table, find_table, part_name
from genrelab.errors import DatasetError
from genrelab.track import Track

INFO = Info(title="Audio files listed in a CSV file")
SIZE = "what the CSV lists"
NEEDS_ROOT = True


@dataclass(frozen=True)
class _Columns:
    path: str
    label: str
    id: str | None
    group: str | None
    offset: str | None
    duration: str | None
    source: str | None


def load(
    root: str | Path,
    *,
    name: str | None = None,
    manifest: str | None = None,
    path_column: str | None = None,
    label_column: str | None = None,
    group_column: str | None = None,
    split_columns: Sequence[str] | str | None = None,
) -> Dataset:
    """Load the tracks that a CSV file lists.

    The columns are found by their usual names (``path`` or ``file``, ``label`` or ``genre``,
    ``artist`` or ``group``, ``offset``, ``duration``, ``source``) unless they are named. A row
    that cannot be used is left out and becomes one of ``Dataset.problems``.

    Parameters
    ----------
    root
        The CSV, or the folder that holds it. Relative paths in it start at its own folder.
    name
        The data set's name; by default that of the folder (of the file, if it is not called
        ``index.csv`` or ``manifest.csv``).
    manifest
        The CSV's name where ``root`` is a folder with several.
    path_column, label_column, group_column
        Columns with other than the usual names. ``group_column`` holds what must not be in two
        parts of a grouped split.
    split_columns
        Columns with published splits; by default every column whose values are ``train``,
        ``test`` and the like, or whose name has "fold" in it.

    Raises
    ------
    DatasetError
        If there is no such file, it lacks a column, or no row of it can be used.
    """
    table = Table.read(find_table(Path(root), given=manifest, what="manifest"))
    columns = _Columns(
        path=table.need("path", path_column, option="path_column="),
        label=table.need("label", label_column, option="label_column="),
        id=table.find("id"),
        group=table.find("group", group_column),
        offset=table.find("offset"),
        duration=table.find("duration"),
        source=table.find("source"),
    )
    if isinstance(split_columns, str):
        split_columns = [split_columns]
    splits = table.splits(given=split_columns, taken=list(vars(columns).values()))

    problems = list(table.problems)
    common = _common_folder(table, columns.path)
    tracks: dict[str, tuple[Track, Row]] = {}
    for row in table.rows:
        try:
            track = _row_to_track(row, columns, table.path.parent, common)
            if track.id in tracks:
                raise _already_listed(track, *tracks[track.id])
        except _BadRowError as bad:
            problems.append(Problem(row.values[columns.path] or f"line {row.line}", str(bad)))
        else:
            tracks[track.id] = (track, row)
    if not tracks:
        why = f" ({problems[0].subject}: {problems[0].message})" if problems else ""
        raise DatasetError(f"{table.path}: no track can be used{why}.")
    return Dataset(
        name=name or table_to_name(table.path),
        labels=tuple(sorted({track.label for track, _ in tracks.values()})),
        tracks=tuple(track for track, _ in tracks.values()),
        splits={
            column: {i: part_name(row.values[column]) for i, (_, row) in tracks.items()}
            for column in splits
        },
        problems=tuple(problems),
        info=INFO,
    )


def table_to_name(table: Path) -> str:
    """Return a data set's name by where its CSV lies.

    Examples
    --------
    >>> table_to_name(Path("/music/emotify/index.csv")), table_to_name(Path("/music/mine.csv"))
    ('emotify', 'mine')
    """
    if table.stem.lower() in {"index", "manifest"}:
        return table.resolve().parent.name or table.stem
    return table.stem


def clean_group(text: str) -> str | None:
    """Return an artist's name as it is compared: blanks joined, Unicode composed, None if empty.

    Examples
    --------
    >>> clean_group(" The   Band "), clean_group("")
    ('The Band', None)
    """
    return unicodedata.normalize("NFC", " ".join(text.split())) or None


class _BadRowError(Exception):
    """A row that cannot be used; the message is the sentence for the user."""


def _already_listed(track: Track, first: Track, row: Row) -> _BadRowError:
    if track.label == first.label:
        return _BadRowError(f"is listed already in line {row.line}; the first row is kept.")
    return _BadRowError(
        f"is listed already in line {row.line} as {first.label!r}, here as {track.label!r}; "
        "the first row is kept."
    )


def _row_to_track(row: Row, columns: _Columns, folder: Path, common: str) -> Track:
    written = row.values[columns.path]
    label = row.values[columns.label]
    if not written:
        raise _BadRowError("the row has no path.")
    if not label:
        raise _BadRowError("has no label.")
    offset = _seconds(row, columns.offset) or 0.0
    duration = _seconds(row, columns.duration)
    if duration == 0:
        raise _BadRowError("has a duration of 0 seconds.")
    path = folder / written
    if not path.is_file():
        path = folder / written.replace("\\", "/")
    if not path.is_file():
        raise _BadRowError("is a folder." if path.is_dir() else "there is no such file.")
    file_id = _path_to_id(written, folder, common)
    own = row.values[columns.id] if columns.id else ""
    return Track(
        # Several tracks may be cut from one file; where each starts tells them apart.
        id=own or (f"{file_id}@{offset:g}" if offset else file_id),
        label=label,
        path=path,
        group=clean_group(row.values[columns.group]) if columns.group else None,
        offset=offset,
        duration=duration,
        source=(row.values[columns.source] if columns.source else "") or file_id,
    )


def _seconds(row: Row, column: str | None) -> float | None:
    text = row.values[column] if column else ""
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        raise _BadRowError(f"{column} is {text!r}, which is no number of seconds.") from None
    if not math.isfinite(value) or value < 0:
        raise _BadRowError(f"{column} is {text}; it must be 0 or more seconds.")
    return value


def _path_to_id(written: str, folder: Path, common: str) -> str:
    path = Path(written)
    if path.is_absolute():
        base = folder.resolve() if path.is_relative_to(folder.resolve()) else Path(common)
        path = path.relative_to(base)
    return str(PurePosixPath(str(path).replace("\\", "/")))


def _common_folder(table: Table, column: str) -> str:
    """Return the deepest folder common to the absolute paths that lie outside the CSV's folder."""
    folder = table.path.parent.resolve()
    written = (Path(row.values[column]) for row in table.rows)
    outside = [str(p.parent) for p in written if p.is_absolute() and not p.is_relative_to(folder)]
    return os.path.commonpath(outside) if outside else ""
