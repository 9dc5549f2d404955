"""The feature cache: frames on disk, computed once for each content and front end.

The cache is a folder that any number of processes may use at once:

- ``objects/``: the frames of one piece of audio, one file each, named by a digest of the audio
  file's content, offset, duration and the front end's ``frames_fingerprint``;
- ``stores/``: the objects of one list of tracks packed into a :class:`FeatureStore`, named by a
  digest of that list, and used again as long as nothing has changed;
- ``hashes.jsonl``: digests of files by path, size and time;
- ``scratch/``: what is being written; everything appears under its name in one step.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from genrelab.errors import AudioError, FeatureError
from genrelab.features.base import Frames, FrontEnd, TooShortError
from genrelab.features.memo import ContentMemo, digest_of
from genrelab.features.partial import discard, partial_path, sweep, write_file
from genrelab.features.store import FeatureStore
from genrelab.track import Track

#: Part of every key: raise it when the same audio and parameters give other frames than before.
GENERATION = 1
_ATTEMPTS = 3

Progress = Callable[[int, int], None]


def default_root() -> Path:
    """Return the folder of the cache: ``GENRELAB_CACHE``, else the user's cache folder."""
    if named := os.environ.get("GENRELAB_CACHE"):
        return Path(named)
    variable = "LOCALAPPDATA" if sys.platform == "win32" else "XDG_CACHE_HOME"
    home = os.environ.get(variable)
    return (Path(home) if home else Path.home() / ".cache") / "genrelab"


class FeatureCache:
    """Frames of audio files, kept on disk.

    Parameters
    ----------
    root
        The folder; ``None`` is :func:`default_root`.
    """

    def __init__(self, root: str | Path | None = None) -> None:
        self.root = default_root() if root is None else Path(root)

    def fill(
        self,
        tracks: Sequence[Track],
        front_end: FrontEnd,
        *,
        workers: int = 1,
        progress: Progress | None = None,
    ) -> FeatureStore:
        """Compute what is missing and return the frames of all tracks as one store.

        Parameters
        ----------
        tracks
            With unique ids. One that cannot be read is left out of the store and gets a sentence
            in ``store.problems``.
        front_end
            What computes the frames.
        workers
            Threads; decoding and transforms run outside Python's lock.
        progress
            Called in this thread with the number of tracks done and of all.

        Raises
        ------
        FeatureError
            If the cache cannot be written, or no track can be read.
        """
        tracks = list(tracks)
        sample_rate = front_end.to_dict().get("sample_rate")
        if sample_rate is None:
            raise FeatureError(f"the front end {front_end.name!r} computes nothing from audio.")
        if len({t.id for t in tracks}) < len(tracks):
            raise FeatureError("two tracks have the same id.")
        if workers < 1:
            raise ValueError(f"workers must be at least 1, not {workers}.")
        try:
            filling = _Filling(self.root, front_end, int(sample_rate))
            for attempt in range(_ATTEMPTS):
                made = filling.make_all(tracks, workers, progress if attempt == 0 else None)
                try:
                    return filling.pack(tracks, made)
                except _DamagedObjectError:
                    continue
        except OSError as error:
            raise FeatureError(
                f"{self.root}: the feature cache cannot be used ({error.strerror or error}); "
                "name another folder in GENRELAB_CACHE."
            ) from error
        raise FeatureError(f"{self.root}: what is written to the feature cache does not last.")


class _DamagedObjectError(Exception):
    """An object is not what was written; it has been removed."""


@dataclass(frozen=True)
class _Made:
    """What became of one track: the key of its object, or why there is none."""

    key: str = ""
    problem: str = ""


class _Filling:
    """One call of :meth:`FeatureCache.fill`."""

    def __init__(self, root: Path, front_end: FrontEnd, sample_rate: int) -> None:
        self._front_end, self._sample_rate = front_end, sample_rate
        self._objects, self._stores = root / "objects", root / "stores"
        self._scratch = root / "scratch"
        for folder in (self._objects, self._stores, self._scratch):
            folder.mkdir(parents=True, exist_ok=True)
        for folder in (self._stores, self._scratch):
            sweep(folder)
        self._memo = ContentMemo(root / "hashes.jsonl")

    # Objects ------------------------------------------------------------------------------------

    def make_all(
        self, tracks: Sequence[Track], workers: int, progress: Progress | None
    ) -> dict[str, _Made]:
        made: dict[str, _Made] = {}

        def note(track: Track, result: _Made) -> None:
            made[track.id] = result
            if progress is not None:
                progress(len(made), len(tracks))

        if workers == 1:
            for track in tracks:
                note(track, self._make(track))
            return made
        pool = ThreadPoolExecutor(workers, thread_name_prefix="genrelab-features")
        try:
            waiting = {pool.submit(self._make, track): track for track in tracks}
            for done in as_completed(waiting):
                note(waiting[done], done.result())
        finally:
            pool.shutdown(cancel_futures=True)
        return made

    def _make(self, track: Track) -> _Made:
        if track.path is None:
            return _Made(problem="the data set gives no audio file for this track.")
        try:
            digest = self._memo.digest(track.path)
        except OSError as error:
            return _Made(problem=_unreadable(track.path, error))
        key = digest_of(
            GENERATION, digest, track.offset, track.duration, self._front_end.frames_fingerprint
        )
        path = self._object(key)
        if path.exists():
            return _Made(key)
        try:
            frames, notes = self._compute(track, track.path)
        except (AudioError, TooShortError) as error:
            return _Made(problem=str(error))
        _write_object(path, frames, notes, scratch=self._scratch)
        return _Made(key)

    def _compute(self, track: Track, path: Path) -> tuple[Frames, list[str]]:
        from genrelab.audio import stream_audio

        with stream_audio(
            path, self._sample_rate, offset=track.offset, duration=track.duration
        ) as audio:
            frames = np.concatenate(list(self._front_end.stream(audio)), axis=1)
            return frames, list(audio.notes)

    def _object(self, key: str) -> Path:
        return self._objects / key[:2] / f"{key}.frames"

    # The store ----------------------------------------------------------------------------------

    def pack(self, tracks: Sequence[Track], made: dict[str, _Made]) -> FeatureStore:
        """Return the store of these objects, packing it if there is none."""
        keys = {t.id: made[t.id].key for t in tracks if made[t.id].key}
        problems = {t.id: made[t.id].problem for t in tracks if made[t.id].problem}
        if not keys:
            first = next(iter(problems.items()), None)
            because = f": {first[0]}: {first[1]}" if first else "."
            raise FeatureError(f"no track can be read{because}")
        store = self._open_or_pack(self._stores / digest_of(GENERATION, list(keys.items())), keys)
        store.problems = problems
        return store

    def _open_or_pack(self, folder: Path, keys: dict[str, str]) -> FeatureStore:
        if folder.exists():
            try:
                return FeatureStore.open(folder)
            except FeatureError:
                # Moved away in one step, so that no other process opens half of it.
                broken = partial_path(self._stores, folder.name)
                folder.rename(broken)
                discard(broken)
        notes: dict[str, list[str]] = {}

        def each() -> Iterator[tuple[str, Frames]]:
            for track_id, key in keys.items():
                frames, said = _read_object(self._object(key))
                if said:
                    notes[track_id] = said
                yield track_id, frames

        return FeatureStore.write(folder, each(), front_end=self._front_end, notes=notes)


def _write_object(path: Path, frames: Frames, notes: list[str], *, scratch: Path) -> None:
    described = {"bins": frames.shape[0], "notes": notes}
    head = json.dumps(described).encode() + b"\n"
    data = np.ascontiguousarray(frames.T, dtype="<f4").tobytes()
    digest = hashlib.sha256(head + data).digest()
    write_file(path, (digest, head, data), scratch=scratch)


def _read_object(path: Path) -> tuple[Frames, list[str]]:
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise _DamagedObjectError from None
    if hashlib.sha256(content[32:]).digest() != content[:32]:
        path.unlink(missing_ok=True)
        raise _DamagedObjectError
    end = content.index(b"\n", 32) + 1
    described = json.loads(content[32:end])
    frames = np.frombuffer(content, dtype="<f4", offset=end).reshape(-1, described["bins"])
    return frames.T, described["notes"]


def _unreadable(path: Path, error: OSError) -> str:
    if isinstance(error, FileNotFoundError):
        return "there is no such file."
    if isinstance(error, IsADirectoryError):
        return "this is a directory, not an audio file."
    return f"the file cannot be read ({error.strerror or error})."
