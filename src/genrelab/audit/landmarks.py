"""Landmarks of a recording: what survives re-encoding, a change of level, a cut, and noise.

After Wang, "An industrial-strength audio search algorithm" (ISMIR 2003): the peaks of the
spectrogram are kept and all else is thrown away (section 2.1), and each peak is tied to peaks
behind it into hashes that do not change when the recording is shifted (section 2.2).

What differs from the paper, or what it leaves open:

- A hash ties *three* peaks, not two: an anchor and two of the next peaks in its zone. Its space is
  then about ten thousand times larger, so that most hashes are in one track alone and looking
  all tracks up in each other stays cheap. It survives
  less often than a pair would, but a copy has many: of a planted copy's landmarks, about two thirds
  were found again after mp3 at 48 kb/s and three tenths after a shift by seconds (medians of ten
  clips each, `benchmarks/planted.py` with seed 0).
- The density of peaks is kept even by rank: a peak stays if fewer than ``density`` others within
  ``window`` frames are louder. This depends on the surroundings alone, not on where the recording
  begins.
- The spectrogram has a Hann window of 93 ms and a hop of 23 ms, up to 4.3 kHz: what 48 kb/s keeps.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SAMPLE_RATE = 22050
N_FFT = 2048
HOP_LENGTH = 512
#: Bins 1 to 400 of the transform: 11 Hz to 4.3 kHz.
N_BINS = 400
#: Decibels below a full-scale sine under which nothing is a peak: silence has none.
FLOOR_DB = -100.0

_CHUNK_FRAMES = 2048
#: Bits of a frequency difference and of a time difference in a hash.
_BITS = 7


@dataclass(frozen=True)
class Constellation:
    """Which points of a picture are peaks, and which peaks are tied together.

    Parameters
    ----------
    reach_bins, reach_frames
        A peak is the greatest value this far around it.
    window, density
        A peak is kept if fewer than ``density`` peaks within ``window`` frames are greater.
    least_gap, greatest_gap
        Frames from an anchor to the peaks tied to it.
    greatest_leap
        Bins from an anchor to the peaks tied to it.
    floor
        Values up to this one are no peaks.
    """

    reach_bins: int = 12
    reach_frames: int = 8
    window: int = 21
    density: int = 10
    least_gap: int = 2
    greatest_gap: int = 80
    greatest_leap: int = 60
    floor: float = FLOOR_DB

    def __post_init__(self) -> None:
        if max(self.greatest_gap, self.greatest_leap) >= 2 ** (_BITS - 1) * 2 - 1:
            raise ValueError("gaps and leaps must fit a hash.")
        if self.greatest_leap >= 2 ** (_BITS - 1):
            raise ValueError("leaps must fit a hash.")
        if self.window < self.reach_frames:
            raise ValueError("the window must not be shorter than the reach.")


#: For spectrograms of audio.
AUDIO = Constellation()
#: Neighbours of an anchor that are tied to it, two by two.
_NEIGHBOURS = 3


@dataclass(frozen=True)
class Landmarks:
    """Hashes of a recording and when they occur.

    Parameters
    ----------
    hashes
        uint32 ``(n,)``.
    frames
        Frame of each hash's anchor, int32 ``(n,)``.
    """

    hashes: NDArray[np.uint32]
    frames: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.hashes)


def spectra(blocks: Iterable[NDArray[np.float32]]) -> Iterator[NDArray[np.float32]]:
    """Yield magnitudes ``(frames, N_BINS)`` in decibels of full scale.

    ``blocks`` are mono samples at :data:`SAMPLE_RATE`, in blocks of any length.
    """
    import scipy.fft

    from genrelab.features import framing
    from genrelab.features.stft import fft_window

    # A full-scale sine has the height 1.
    window = (fft_window("hann", N_FFT, N_FFT) * (4 / N_FFT)).astype(np.float32)
    for framed in framing.frame_blocks(
        blocks, n_fft=N_FFT, hop_length=HOP_LENGTH, center=True, pad_mode="constant"
    ):
        spectrum = np.abs(scipy.fft.rfft(framed * window, axis=1)[:, 1 : 1 + N_BINS])
        yield 20 * np.log10(np.maximum(spectrum, np.float32(1e-7)))


def find_landmarks(
    blocks: Iterable[NDArray[np.float32]], constellation: Constellation = AUDIO
) -> Landmarks:
    """Return the landmarks of a picture that comes in blocks ``(frames, bins)``.

    The result does not depend on how the picture is cut into blocks, and memory does not grow with
    its length but for the landmarks themselves.
    """
    found = list(_peaks(blocks, constellation))
    if not found:
        return Landmarks(np.empty(0, np.uint32), np.empty(0, np.int32))
    frames = np.concatenate([f for f, _ in found])
    bins = np.concatenate([b for _, b in found])
    return _tie(frames, bins, constellation)


def _peaks(
    blocks: Iterable[NDArray[np.float32]], c: Constellation
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Yield ``(frames, bins)`` of the peaks in order of time, chunk by chunk."""
    margin = c.window + c.reach_frames  # how far what decides on a peak may lie from it
    held: list[NDArray[np.float32]] = []
    n_held, begin, sure = 0, 0, 0  # frames held, the first of them, the first not yet decided
    for block in blocks:
        held.append(np.array(block, np.float32))
        n_held += len(block)
        if n_held >= _CHUNK_FRAMES + 2 * margin:
            picture = np.concatenate(held)
            end = begin + n_held - margin
            yield _peaks_between(picture, begin, sure, end, c)
            sure = end
            held = [picture[-2 * margin :]]
            begin += n_held - len(held[0])
            n_held = len(held[0])
    if n_held:
        yield _peaks_between(np.concatenate(held), begin, sure, begin + n_held, c)


def _peaks_between(
    picture: NDArray[np.float32], begin: int, first: int, last: int, c: Constellation
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    from scipy.ndimage import maximum_filter

    size = (2 * c.reach_frames + 1, 2 * c.reach_bins + 1)
    greatest = maximum_filter(picture, size, mode="constant", cval=-np.inf)
    frames, bins = np.nonzero((picture == greatest) & (picture > c.floor))
    values = picture[frames, bins]
    louder = np.zeros(len(frames), np.int64)
    equal = np.zeros(len(frames), bool)
    for lag in range(1, len(frames)):
        apart = frames[lag:] - frames[:-lag]
        near = apart <= c.window
        if not near.any():
            break
        louder[:-lag] += near & (values[lag:] > values[:-lag])
        louder[lag:] += near & (values[:-lag] >= values[lag:])
        # Of a plateau, the first point stands for all.
        beside = np.abs(bins[lag:] - bins[:-lag]) <= c.reach_bins
        equal[lag:] |= beside & (apart <= c.reach_frames)
    frames += begin
    keep = (louder < c.density) & ~equal & (frames >= first) & (frames < last)
    return frames[keep], bins[keep]


def _tie(frames: NDArray[np.int64], bins: NDArray[np.int64], c: Constellation) -> Landmarks:
    """Tie every peak to two of the next ones in its zone, in all three ways."""
    n = len(frames)
    tied = np.full((n, _NEIGHBOURS), -1)
    count = np.zeros(n, np.int64)
    for lag in range(1, n):
        gap = frames[lag:] - frames[:-lag]
        if gap.min() > c.greatest_gap:
            break
        leap = np.abs(bins[lag:] - bins[:-lag])
        good = (gap >= c.least_gap) & (gap <= c.greatest_gap) & (leap <= c.greatest_leap)
        anchors = np.flatnonzero(good & (count[:-lag] < _NEIGHBOURS))
        tied[anchors, count[anchors]] = anchors + lag
        count[anchors] += 1
    hashes, whens = [], []
    for one in range(_NEIGHBOURS):
        for other in range(one + 1, _NEIGHBOURS):
            a = np.flatnonzero(count > other)
            code = bins[a]
            for b in (tied[a, one], tied[a, other]):
                code = (code << _BITS) + bins[b] - bins[a] + 2 ** (_BITS - 1)
                code = (code << _BITS) + frames[b] - frames[a]
            hashes.append(_mix(code))
            whens.append(frames[a])
    return Landmarks(np.concatenate(hashes), np.concatenate(whens).astype(np.int32))


def _mix(code: NDArray[np.int64]) -> NDArray[np.uint32]:
    """Spread codes evenly over 32 bits (Fibonacci hashing, Knuth 6.4)."""
    spread = code.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    return (spread >> np.uint64(32)).astype(np.uint32)
