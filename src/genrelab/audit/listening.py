"""What is heard of one track in one pass over its samples, in memory that does not grow with it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from genrelab.audit.landmarks import SAMPLE_RATE, Landmarks, find_landmarks, spectra
from genrelab.errors import AudioError
from genrelab.features import TooShortError
from genrelab.track import Track

Progress = Callable[[int, int], None]

#: A stretch of this length whose loudest sample is below the level counts as quiet.
QUIET_SECONDS, QUIET_LEVEL = 0.1, 10 ** (-60 / 20)
#: As many equal samples on end, this close to full scale, are clipped. The top of a sine of 50 Hz
#: at 22,050 Hz falls by three steps of 16 bits within two samples.
CLIPPED_RUN, CLIPPED_LEVEL = 4, 0.98

_NONE = Landmarks(np.empty(0, np.uint32), np.empty(0, np.int32))


@dataclass(frozen=True)
class Heard:
    """What one pass over a track found.

    Parameters
    ----------
    track_id
        The track.
    seconds
        Length of what decodes.
    digest
        Of sample rate and decoded samples, rounded to 16 bits: the same whatever container or
        lossless codec they lie in. Empty where nothing decodes.
    peak
        Greatest absolute sample; full scale is 1. ``None`` where there is no audio.
    quiet
        Share of the time below -60 dB of full scale.
    clipped
        Share of samples in runs of at least four equal ones at full scale, after mixing to mono.
    notes
        What the reader said: cut off, damaged, silent, shorter than listed.
    problem
        Why the track cannot be read, or an empty string.
    landmarks
        For matching.
    """

    track_id: str
    seconds: float = 0.0
    digest: str = ""
    peak: float | None = None
    quiet: float = 0.0
    clipped: float = 0.0
    notes: tuple[str, ...] = ()
    problem: str = ""
    landmarks: Landmarks = field(default=_NONE, repr=False, compare=False)


def listen(track: Track) -> Heard:
    """Read a track once; a fault becomes :attr:`Heard.problem`."""
    from genrelab.audio import stream_audio

    if track.path is None:
        return Heard(track.id, problem="the data set gives no audio file for this track.")
    meter = Meter()
    try:
        with stream_audio(
            track.path,
            SAMPLE_RATE,
            offset=track.offset,
            duration=track.duration,
            watch=meter,
        ) as audio:
            landmarks = find_landmarks(spectra(audio))
    except (AudioError, TooShortError) as error:
        return Heard(track.id, problem=str(error))
    return Heard(
        track.id,
        seconds=meter.seconds,
        digest=meter.digest,
        peak=meter.peak,
        quiet=meter.quiet,
        clipped=meter.clipped,
        notes=tuple(audio.notes),
        landmarks=landmarks,
    )


def listen_to_all(
    tracks: Sequence[Track], *, workers: int = 1, progress: Progress | None = None
) -> list[Heard]:
    """Read all tracks, ``workers`` at a time; decoding and transforms run outside Python's lock."""
    heard: list[Heard] = []
    for one in _all(tracks, workers):
        heard.append(one)
        if progress is not None:
            progress(len(heard), len(tracks))
    return heard


def _all(tracks: Sequence[Track], workers: int) -> Iterator[Heard]:
    if workers == 1:
        yield from map(listen, tracks)
        return
    pool = ThreadPoolExecutor(workers, thread_name_prefix="genrelab-audit")
    try:
        yield from pool.map(listen, tracks)
    finally:
        pool.shutdown(cancel_futures=True)


class Meter:
    """Measures samples as they are in the file, block by block.

    Examples
    --------
    >>> meter = Meter()
    >>> meter(np.full(22050, 0.5, np.float32), 22050)
    >>> meter.seconds, meter.peak, meter.quiet
    (1.0, 0.5, 0.0)
    """

    def __init__(self) -> None:
        self.seconds = 0.0
        self.peak = 0.0
        self._digest = hashlib.sha256()
        self._rate = 0
        self._samples = 0
        self._clipped = 0
        self._run = 0  # length of the run of equal samples at the end of what was seen
        self._last = 0
        self._stretches = self._quiet = 0
        self._rest: NDArray[np.int32] = np.empty(0, np.int32)

    def __call__(self, y: NDArray[np.float32], rate: int) -> None:
        """Measure the next block."""
        if rate != self._rate:
            self._digest.update(f"{rate} Hz".encode())
            self._rate = rate
        # Beyond full scale, which compressed audio reaches, there is room for 16 bits more.
        steps = np.rint(np.clip(y, -65535.0, 65535.0) * np.float32(32768)).astype("<i4")
        self._digest.update(steps.tobytes())
        self.seconds += len(y) / rate
        self._samples += len(y)
        self._count_clipped(steps)
        loud = np.abs(steps)
        self.peak = max(self.peak, int(loud.max(initial=0)) / 32768)
        self._count_quiet(loud)

    @property
    def digest(self) -> str:
        """Thirty-two hex digits of rate and samples."""
        return self._digest.hexdigest()[:32]

    @property
    def clipped(self) -> float:
        """Share of samples in clipped runs."""
        return self._clipped / self._samples if self._samples else 0.0

    @property
    def quiet(self) -> float:
        """Share of stretches that are quiet; a last, shorter one counts where it is alone."""
        if not self._stretches:
            quiet = self._rest.max(initial=0) < QUIET_LEVEL * 32768
            return float(quiet)
        return self._quiet / self._stretches

    def _count_clipped(self, steps: NDArray[np.int32]) -> None:
        level = CLIPPED_LEVEL * 32768
        if len(steps) == 0 or (np.abs(steps).max() < level and abs(self._last) < level):
            self._run, self._last = 0, 0  # nothing here or before it can be clipped
            return
        changes = np.flatnonzero(np.diff(steps))
        starts = np.concatenate([[0], changes + 1])
        lengths = np.diff(starts, append=len(steps))
        if steps[0] == self._last:
            # What was counted of the run before is counted anew with what follows.
            if abs(self._last) >= level and self._run >= CLIPPED_RUN:
                self._clipped -= self._run
            lengths[0] += self._run
        long = (lengths >= CLIPPED_RUN) & (np.abs(steps[starts]) >= level)
        self._clipped += int(lengths[long].sum())
        self._run, self._last = int(lengths[-1]), int(steps[-1])

    def _count_quiet(self, loud: NDArray[np.int32]) -> None:
        size = max(1, round(QUIET_SECONDS * self._rate))
        joined = np.concatenate([self._rest, loud])
        whole = len(joined) // size * size
        tops = joined[:whole].reshape(-1, size).max(axis=1)
        self._stretches += len(tops)
        self._quiet += int((tops < QUIET_LEVEL * 32768).sum())
        self._rest = joined[whole:]
