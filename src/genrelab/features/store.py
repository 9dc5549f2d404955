"""The feature store: the frames of many tracks as one memory-mapped array.

A store is a folder with two files, which can be copied to another machine and read with NumPy
alone. ``frames.npy`` holds the frames of all tracks one behind the other, ``(total_frames,
frame_bins)``; ``index.json`` says which track has which rows:

- ``ids``: the tracks in order; ``starts``: track ``i`` has rows ``starts[i]`` to
  ``starts[i + 1]``;
- ``front_end`` and ``frames_fingerprint``: what the frames were computed with;
- ``scale`` and ``offset``: a stored number ``v`` means ``scale * v + offset``;
- ``notes``: for some tracks, what is worth saying of how they were read.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genrelab.errors import FeatureError
from genrelab.features.base import Frames, FrontEnd
from genrelab.features.partial import discard, partial_path

ARRAY = "frames.npy"
INDEX = "index.json"
FORMAT = 1
_HEADER_BYTES = 128


class FeatureStore:
    """The frames of many tracks; made by :meth:`open`, :meth:`write` or a feature cache.

    Attributes
    ----------
    folder
        Where it lies.
    ids
        The tracks in it, in order.
    array
        All frames, ``(total_frames, frame_bins)``, memory-mapped, as they were stored.
    front_end
        Parameters of the local step, :meth:`FrontEnd.frames_dict`.
    frames_fingerprint
        Equals that of every front end that can finish these frames.
    notes
        Track id to what is worth saying of how it was read.
    problems
        Track id to one sentence, for tracks that were asked for and could not be read.
    """

    def __init__(
        self, folder: Path, index: Mapping[str, Any], array: NDArray[Any], problems: dict[str, str]
    ) -> None:
        self.folder = folder
        self.ids: tuple[str, ...] = tuple(index["ids"])
        self.array = array
        self.front_end: dict[str, Any] = dict(index["front_end"])
        self.frames_fingerprint: str = index["frames_fingerprint"]
        self.notes: dict[str, list[str]] = dict(index["notes"])
        self.problems = problems
        self._starts: list[int] = list(index["starts"])
        self._place = {track_id: i for i, track_id in enumerate(self.ids)}
        self._scale = np.float32(float(index["scale"]))
        self._offset = np.float32(float(index["offset"]))
        if len(self._place) != len(self._starts) - 1 or len(self.ids) != len(self._place):
            raise ValueError("ids and starts disagree")
        if self._starts[0] != 0 or any(np.diff(self._starts) < 1):
            raise ValueError("starts do not grow")
        if array.shape != (self._starts[-1], int(index["frame_bins"])):
            raise ValueError("the array has another shape")

    @classmethod
    def open(cls, folder: str | Path) -> FeatureStore:
        """Open a store; one that is missing or damaged raises :class:`FeatureError`."""
        folder = Path(folder)
        try:
            index = json.loads((folder / INDEX).read_text(encoding="utf-8"))
            if index["format"] > FORMAT:
                raise FeatureError(
                    f"{folder}: the feature store has format {index['format']}; this genrelab "
                    f"reads up to {FORMAT}. Upgrade genrelab."
                )
            array = np.load(folder / ARRAY, mmap_mode="r")
            return cls(folder, index, array, {})
        except (FileNotFoundError, NotADirectoryError):
            raise FeatureError(
                f"{folder}: there is no feature store (a folder with {INDEX} and {ARRAY})."
            ) from None
        except (EOFError, IndexError, KeyError, OSError, TypeError, ValueError) as error:
            raise FeatureError(f"{folder}: the feature store is damaged ({error}).") from error

    @classmethod
    def write(
        cls,
        folder: str | Path,
        tracks: Iterable[tuple[str, NDArray[Any]]],
        *,
        front_end: FrontEnd,
        notes: Mapping[str, list[str]] | None = None,
    ) -> FeatureStore:
        """Write a store in one step and open it.

        Parameters
        ----------
        folder
            Must not exist; it appears when all is written.
        tracks
            Track id and ``(frame_bins, frames)`` of each track, taken one by one. Whole numbers
            of 8 or 16 bits are stored as they are, everything else as float32.
        front_end
            What the frames were computed with; a :class:`~genrelab.features.Precomputed` one
            also says what stored numbers mean.
        notes
            Track id to what is worth saying of how it was read.
        """
        folder = Path(folder)
        if folder.exists():
            raise FeatureError(f"{folder}: exists; remove it first, or write to another folder.")
        folder.parent.mkdir(parents=True, exist_ok=True)
        partial = partial_path(folder.parent, folder.name)
        try:
            partial.mkdir()
            index = _write_array(partial / ARRAY, tracks, front_end)
            index["notes"] = {k: list(v) for k, v in sorted((notes or {}).items())}
            text = json.dumps(index, ensure_ascii=False)
            (partial / INDEX).write_text(text, encoding="utf-8")
            _publish(partial, folder)
        finally:
            discard(partial)
        return cls.open(folder)

    def __contains__(self, track_id: object) -> bool:
        return track_id in self._place

    def __len__(self) -> int:
        return len(self.ids)

    def __reduce__(self) -> tuple[Any, ...]:
        # Another process maps the file anew: copying the array to it would cost its whole size.
        return _reopen, (self.folder, self.problems)

    def n_frames(self, track_id: str) -> int:
        """Return how many frames a track has."""
        start, stop = self.rows(track_id)
        return stop - start

    def rows(self, track_id: str) -> tuple[int, int]:
        """Return the first row of a track in :attr:`array`, and the one behind its last."""
        if track_id not in self._place:
            because = self.problems.get(track_id)
            raise KeyError(f"{track_id}: {because}" if because else track_id)
        i = self._place[track_id]
        return self._starts[i], self._starts[i + 1]

    def frames(self, track_id: str, *, start: int = 0, stop: int | None = None) -> Frames:
        """Return a track's frames from ``start`` to before ``stop``: float32 ``(bins, frames)``.

        Only what is asked for is read.
        """
        first, last = self.rows(track_id)
        length = last - first
        if not 0 <= start <= length:
            raise ValueError(f"start must lie between 0 and {length}, not {start}.")
        stop = length if stop is None else min(stop, length)
        rows = self.array[first + start : first + max(start, stop)]
        frames = np.array(rows.T, dtype=np.float32, order="C")
        if self._scale != 1 or self._offset != 0:
            frames *= self._scale
            frames += self._offset
        return frames


def _reopen(folder: Path, problems: dict[str, str]) -> FeatureStore:
    store = FeatureStore.open(folder)
    store.problems = problems
    return store


def _write_array(
    path: Path, tracks: Iterable[tuple[str, NDArray[Any]]], front_end: FrontEnd
) -> dict[str, Any]:
    bins = front_end.n_frame_bins
    ids: dict[str, None] = {}
    starts = [0]
    dtype: np.dtype[Any] | None = None
    with path.open("wb") as file:
        file.write(bytes(_HEADER_BYTES))
        for track_id, given in tracks:
            frames = _storable(given)
            dtype = dtype or frames.dtype
            if track_id in ids:
                raise FeatureError(f"{track_id}: two tracks have this id.")
            if frames.dtype != dtype:
                raise FeatureError(
                    f"{track_id}: the features are {frames.dtype}, those before it {dtype}."
                )
            if frames.ndim != 2 or frames.shape[0] != bins or frames.shape[1] < 1:
                raise FeatureError(
                    f"{track_id}: the features have shape {frames.shape}, but must be "
                    f"({bins} bins, frames)."
                )
            file.write(np.ascontiguousarray(frames.T).tobytes())
            ids[track_id] = None
            starts.append(starts[-1] + frames.shape[1])
        if dtype is None:
            raise FeatureError("there are no features to store.")
        file.seek(0)
        file.write(_npy_header(dtype, (starts[-1], bins)))
    described = front_end.frames_dict()
    return {
        "format": FORMAT,
        "front_end": described,
        "frames_fingerprint": front_end.frames_fingerprint,
        "frame_bins": bins,
        "scale": float(described.get("scale", 1.0)),
        "offset": float(described.get("offset", 0.0)),
        "ids": list(ids),
        "starts": starts,
    }


def _storable(frames: NDArray[Any]) -> NDArray[Any]:
    array = np.asarray(frames)
    kept = array.dtype.kind in "iu" and array.dtype.itemsize <= 2
    return array.astype(array.dtype.newbyteorder("<") if kept else "<f4", copy=False)


def _npy_header(dtype: np.dtype[Any], shape: tuple[int, int]) -> bytes:
    """Return the header of a .npy file (format 1.0), always of the same length."""
    fields = f"{{'descr': {dtype.str!r}, 'fortran_order': False, 'shape': {shape}, }}"
    size = _HEADER_BYTES - 10
    return b"\x93NUMPY\x01\x00" + size.to_bytes(2, "little") + f"{fields:<{size - 1}}\n".encode()


def _publish(partial: Path, folder: Path) -> None:
    """Give a finished store its name; if another process was first, that one stays."""
    try:
        partial.rename(folder)
    except OSError:
        if not (folder / INDEX).exists():
            raise
