"""Features already computed: one array of all tracks, and a CSV that says which row is which.

Much of what is passed round in the field is that. The array is written once into a feature store,
from which training reads it as it reads the frames of audio files.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from genrelab.datasets.base import Dataset, Info, Problem
from genrelab.datasets.manifest import clean_group, table_to_name
from genrelab.datasets.table import Table, find_table, part_name
from genrelab.errors import DatasetError, FeatureError
from genrelab.features import FeatureStore, Precomputed
from genrelab.features.cache import default_root
from genrelab.features.memo import ContentMemo
from genrelab.track import Track

INFO = Info(title="Computed features: an array (.npy, .npz) and a CSV file")
SIZE = "what the CSV lists"
NEEDS_ROOT = True


def load(
    root: str | Path,
    *,
    name: str | None = None,
    array: str | None = None,
    key: str | None = None,
    manifest: str | None = None,
    row_column: str | None = None,
    label_column: str | None = None,
    group_column: str | None = None,
    split_columns: Sequence[str] | str | None = None,
    rate: float = 1.0,
    scale: float = 1.0,
    offset: float = 0.0,
    transpose: bool = False,
    cache: str | None = None,
) -> Dataset:
    """Load tracks whose features lie in one array ``(tracks, bins, frames)``.

    The result goes with the front end ``precomputed`` that has the same ``rate``, ``scale`` and
    ``offset``.

    Parameters
    ----------
    root
        The folder with the array and the CSV.
    name
        The data set's name; by default the folder's.
    array
        The file's name; by default the only ``.npz`` or ``.npy`` in the folder.
    key
        Which array of an ``.npz``, if it holds several.
    manifest
        The CSV's name; by default as in the data set ``manifest``.
    row_column
        The column with each track's place in the array, from 0; by default ``row`` or ``index``,
        and without such a column the rows stand in the array's order.
    label_column, group_column, split_columns
        As in the data set ``manifest``.
    rate
        Frames a second.
    scale, offset
        A stored number ``v`` means ``scale * v + offset``.
    transpose
        Whether the array is ``(tracks, frames, bins)``.
    cache
        Where the feature store is written; by default in the user's cache folder.

    Raises
    ------
    DatasetError
        If a file, column or array is missing or cannot serve. A track whose row is missing or
        damaged is left out and named in ``Dataset.problems``.
    """
    folder = Path(root)
    if not folder.is_dir():
        raise DatasetError(f"{folder}: there is no such folder.")
    table = Table.read(find_table(folder, given=manifest, what="manifest"))
    columns = _Columns(
        label=table.need("label", label_column, option="label_column="),
        id=table.find("id") or table.find("path"),
        row=table.find("row", row_column),
        group=table.find("group", group_column),
        source=table.find("source"),
    )
    if isinstance(split_columns, str):
        split_columns = [split_columns]
    splits = table.splits(given=split_columns, taken=list(vars(columns).values()))
    entries, problems = _entries(table, columns)
    path = _find_array(folder, array)
    try:
        front_end = {"rate": rate, "scale": scale, "offset": offset}
        source = _Source(path, key, transpose)
        features = _store(source, entries, front_end, None if cache is None else Path(cache))
    except OSError as error:
        raise DatasetError(
            f"{path}: the features cannot be read or written to the cache "
            f"({error.strerror or error})."
        ) from error
    except (FeatureError, ValueError) as error:
        raise DatasetError(f"{path}: {error}") from error
    problems += [
        Problem(track_id, sentences[0])
        for track_id, sentences in features.notes.items()
        if track_id not in features
    ]
    kept = [entry for entry in entries if entry.track.id in features]
    return Dataset(
        name=name or table_to_name(table.path),
        labels=tuple(sorted({entry.track.label for entry in kept})),
        tracks=tuple(entry.track for entry in kept),
        splits={
            column: {e.track.id: part_name(e.values[column]) for e in kept} for column in splits
        },
        features=features.folder,
        problems=tuple(problems),
        info=INFO,
    )


@dataclass(frozen=True)
class _Columns:
    label: str
    id: str | None
    row: str | None
    group: str | None
    source: str | None


@dataclass(frozen=True)
class _Entry:
    """A track, its place in the array, and its row of the table."""

    track: Track
    place: int
    values: dict[str, str]


def _entries(table: Table, columns: _Columns) -> tuple[list[_Entry], list[Problem]]:
    problems = list(table.problems)
    if columns.row is None and problems:
        raise DatasetError(
            f"{table.path}: {problems[0].subject}: {problems[0].message} Without a column that "
            "says which row of the array a track has, every line must be right."
        )
    entries: dict[str, _Entry] = {}
    for place, row in enumerate(table.rows):
        values = row.values
        written = values[columns.row] if columns.row else str(place)
        track_id = (values[columns.id] if columns.id else "") or written
        if not written.isdecimal():
            problems.append(Problem(f"line {row.line}", f"the row {written!r} is no whole number."))
        elif not values[columns.label]:
            problems.append(Problem(track_id, "has no label."))
        elif track_id in entries:
            problems.append(Problem(track_id, "is listed already; the first row is kept."))
        else:
            track = Track(
                id=track_id,
                label=values[columns.label],
                group=clean_group(values[columns.group]) if columns.group else None,
                source=values[columns.source] if columns.source else "",
            )
            entries[track_id] = _Entry(track, int(written), values)
    if not entries:
        raise DatasetError(f"{table.path}: no track can be used.")
    return list(entries.values()), problems


def _find_array(folder: Path, given: str | None) -> Path:
    if given is not None:
        if not (folder / given).is_file():
            raise DatasetError(f"{folder / given}: there is no such array.")
        return folder / given
    found = sorted(p for p in folder.iterdir() if p.suffix.lower() in {".npy", ".npz"})
    if len(found) == 1:
        return found[0]
    names = ", ".join(p.name for p in found)
    raise DatasetError(
        f"{folder}: holds several arrays ({names}); name one with array=."
        if found
        else f"{folder}: holds no array (.npy or .npz)."
    )


@dataclass(frozen=True)
class _Source:
    """An array file, and how it is to be read."""

    path: Path
    key: str | None
    transpose: bool

    def read(self) -> NDArray[Any]:
        """Return the array as ``(tracks, bins, frames)``."""
        try:
            # Mapped, not read: an .npy may be larger than memory.
            loaded = np.load(self.path, mmap_mode="r", allow_pickle=False)
            array = loaded if isinstance(loaded, np.ndarray) else self._member(loaded)
        except (EOFError, ValueError, BadZipFile, zlib.error) as error:
            raise DatasetError(f"{self.path}: cannot be read as an array ({error}).") from error
        if array.ndim != 3 or 0 in array.shape or array.dtype.kind not in "uif":
            raise DatasetError(
                f"{self.path}: the array is {array.dtype} {array.shape}; it must be numbers "
                "(tracks, bins, frames)."
            )
        return array.transpose(0, 2, 1) if self.transpose else array

    def _member(self, archive: Any) -> NDArray[Any]:
        with archive:
            keys = list(archive)
            key = self.key if self.key is not None or len(keys) != 1 else keys[0]
            if key not in keys:
                wanted = "several arrays; name one with key=" if key is None else f"no {key!r}"
                raise DatasetError(f"{self.path}: has {wanted}. It has: {', '.join(keys)}.")
            member: NDArray[Any] = archive[key]
            return member


def _store(
    source: _Source, entries: list[_Entry], front_end: dict[str, Any], cache: Path | None
) -> FeatureStore:
    """Open the feature store of these tracks, writing it first if it is not there."""
    cache = default_root() if cache is None else cache
    cache.mkdir(parents=True, exist_ok=True)
    description = {
        "content": ContentMemo(cache / "hashes.jsonl").digest(source.path),
        "key": source.key,
        "transpose": source.transpose,
        "front_end": front_end,
        "rows": [(entry.track.id, entry.place) for entry in entries],
    }
    digest = hashlib.sha256(json.dumps(description, sort_keys=True).encode()).hexdigest()[:32]
    folder = cache / "arrays" / digest
    if folder.is_dir():
        return FeatureStore.open(folder)
    array = source.read()
    faults = {e.track.id: f for e in entries if (f := _fault(array, e.place))}
    return FeatureStore.write(
        folder,
        ((e.track.id, array[e.place]) for e in entries if e.track.id not in faults),
        front_end=Precomputed(n_frame_bins=array.shape[1], **front_end),
        notes={track_id: [sentence] for track_id, sentence in faults.items()},
    )


def _fault(array: NDArray[Any], place: int) -> str:
    if place >= len(array):
        return f"row {place} is not in the array, which has {len(array)} rows."
    if not np.isfinite(array[place]).all():
        return "the features have values that are no finite numbers."
    return ""
