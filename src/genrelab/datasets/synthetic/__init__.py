"""An embedded corpus: eight ballroom dances, composed and rendered by code from a seed.

It needs no file and is the same, byte for byte, on every machine: from the seed to the sample all
is whole-number arithmetic. Every dance is played by bands of its own, each with instruments, mix,
room and noise of its own: what is learnt of one band's sound does not carry over to another's, so
that folds grouped by artist (here, band) are truly harder than random ones.
"""

from __future__ import annotations

import wave
from collections.abc import Callable
from functools import lru_cache
from io import BytesIO
from pathlib import Path
from uuid import uuid4

import numpy as np
from numpy.typing import NDArray

from genrelab.datasets.base import Dataset, Info
from genrelab.datasets.synthetic.bands import Band, form_band
from genrelab.datasets.synthetic.dances import DANCES, Dance
from genrelab.datasets.synthetic.fixed import SAMPLE_RATE, Dice
from genrelab.datasets.synthetic.score import compose
from genrelab.datasets.synthetic.synthesis import perform
from genrelab.errors import DatasetError
from genrelab.features.cache import default_root as cache_root
from genrelab.track import Track

INFO = Info(
    title="Eight ballroom dances, composed and rendered by genrelab",
    licence="Apache-2.0, as genrelab",
)
SIZE = "8 dances x any number of 30-s tracks (by default 20 of each, by 5 bands of each)"
NEEDS_ROOT = False

#: Goes up whenever a track of the same seed sounds different.
EDITION = 1
_HEADER = 44  # bytes before the samples of a wav file


def load(
    root: str | Path | None = None,
    *,
    tracks_per_genre: int = 20,
    bands: int = 5,
    seed: int = 0,
    seconds: int = 30,
    progress: Callable[[int, int], None] | None = None,
) -> Dataset:
    """Compose the corpus into a folder of wav files, or find it there, and list it.

    Parameters
    ----------
    root
        The folder; by default :func:`default_root`. A track takes 1.3 MB.
    tracks_per_genre
        Tracks of each dance, dealt in turn to its bands. A track does not depend on how many
        there are.
    bands
        Bands of each dance.
    seed
        Other seeds compose other music for other bands.
    seconds
        Length of a track.
    progress
        Called with the number of tracks done and of all.

    Raises
    ------
    DatasetError
        If a number cannot serve, or the folder cannot be written.
    """
    for option, value in (("tracks_per_genre", tracks_per_genre), ("bands", bands)):
        _check_whole(option, value, least=1)
    _check_whole("seconds", seconds, least=1)
    _check_whole("seed", seed, least=0)
    folder = (Path(root) if root else default_root()) / f"edition{EDITION}-seed{seed}-{seconds}s"
    tracks = []
    missing: list[tuple[Dance, int, int, Path]] = []
    for dance in DANCES:
        for number in range(min(bands, tracks_per_genre)):
            for piece in range((tracks_per_genre - number - 1) // bands + 1):
                track_id = f"{dance.slug}/band{number:02d}-{piece:03d}.wav"
                path = folder / track_id
                group = f"{dance.name} band {number}"
                tracks.append(Track(id=track_id, label=dance.name, path=path, group=group))
                if not _is_complete(path, seconds):
                    missing.append((dance, number, piece, path))
    for done, (dance, number, piece, path) in enumerate(missing):
        y = render(dance, number, piece, seed=seed, seconds=seconds)
        _write_wav(path, y)
        if progress:
            progress(done + 1, len(missing))
    return Dataset(
        name="synthetic",
        labels=tuple(dance.name for dance in DANCES),
        tracks=tuple(tracks),
        info=INFO,
    )


def render(
    dance: Dance, band: int, piece: int, *, seed: int = 0, seconds: int = 30
) -> NDArray[np.int16]:
    """Compose and render one track: ``(22050 * seconds,)`` int16.

    Parameters
    ----------
    dance
        One of :data:`DANCES`.
    band, piece
        Number of the dance's band, and of the piece among those it plays.
    """
    players = _band(dance.slug, band, seed)
    dice = Dice("piece", seed, dance.name, band, piece)
    n_samples = SAMPLE_RATE * seconds
    score = compose(dance, players.habits, dice.child("score"), n_samples=n_samples)
    return perform(score, players, dice.child("recording"), n_samples=n_samples)


def default_root() -> Path:
    """Return ``synthetic`` in the folder of genrelab's cache."""
    return cache_root() / "synthetic"


@lru_cache(maxsize=1)  # the last band formed is the next track's, too
def _band(slug: str, number: int, seed: int) -> Band:
    dance = next(dance for dance in DANCES if dance.slug == slug)
    return form_band(dance, number, seed=seed)


def _is_complete(path: Path, seconds: int) -> bool:
    # Files appear under their name only when they are whole.
    return path.is_file() and path.stat().st_size == _HEADER + 2 * SAMPLE_RATE * seconds


def _write_wav(path: Path, y: NDArray[np.int16]) -> None:
    """Write a file that appears whole or not at all, also if two processes write it at once."""
    partial = path.with_name(f".{path.name}.{uuid4().hex}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            partial.write_bytes(_to_wav(y))
            partial.replace(path)
        finally:
            partial.unlink(missing_ok=True)
    except OSError as error:
        raise DatasetError(
            f"{path.parent}: the synthetic corpus cannot be written ({error.strerror or error})."
        ) from error


def _to_wav(y: NDArray[np.int16]) -> bytes:
    memory = BytesIO()
    with wave.open(memory, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE)
        file.writeframes(y.astype("<i2").tobytes())
    return memory.getvalue()


def _check_whole(option: str, value: object, *, least: int) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise DatasetError(f"{option} must be a whole number of at least {least}, not {value!r}.")
