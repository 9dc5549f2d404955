"""From samples that arrive in pieces to blocks of overlapping frames.

Blocks always begin at the same frames, however the samples arrive, so that whatever is computed
from a block is the same to the last bit for a whole track and for a stream of it. A block is
small enough that all that is computed from it stays in the processor's cache.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from genrelab.features.base import Samples, TooShortError

PAD_MODES = ("constant", "edge", "reflect", "symmetric")
#: Samples in the frames of one block: the spectra of 48 frames of 2048 fill three quarters of a
#: megabyte in double precision.
BLOCK_SAMPLES = 48 * 2048


def frames_per_block(n_fft: int) -> int:
    """Return how many frames a block has; only the last one of a track has fewer."""
    return max(8, BLOCK_SAMPLES // n_fft)


def n_frames(n_samples: int, *, n_fft: int, hop_length: int, center: bool) -> int:
    """Return how many frames ``n_samples`` samples give."""
    padded = n_samples + 2 * (n_fft // 2) * center
    if n_samples < 1 or padded < n_fft:
        return 0
    return 1 + (padded - n_fft) // hop_length


def frame_blocks(
    pieces: Iterable[Samples], *, n_fft: int, hop_length: int, center: bool, pad_mode: str
) -> Iterator[NDArray[np.float32]]:
    """Yield ``(frames, n_fft)`` views, each valid until the next is asked for.

    Padding is what librosa 0.11 does: with ``center``, ``n_fft // 2`` samples at both ends. Where
    no frame touches both, the end is padded from the samples that the first incomplete frame
    begins with; ``"reflect"`` sees the difference if that frame has ``n_fft // 2`` of them.
    """
    feed = iter(pieces)
    half = n_fft // 2 if center else 0
    buffer = _Buffer(n_fft, hop_length)
    # With fewer samples than this, one frame may touch both ends.
    first, complete = _take(feed, n_fft + hop_length)
    if not complete:
        if n_frames(len(first), n_fft=n_fft, hop_length=hop_length, center=center) == 0:
            least = 1 if center else n_fft
            raise TooShortError(
                f"the audio has {len(first)} samples and the front end needs at least {least}."
            )
        head_frames = -(-half // hop_length)
        full_frames = max(0, (len(first) + half - n_fft) // hop_length + 1)
        begin = full_frames * hop_length - half if full_frames > head_frames else 0
        yield from buffer.put(_pad(first, half, 0, pad_mode))
        yield from buffer.put(_after(first[begin:], half, pad_mode))
        yield from buffer.rest()
        return
    yield from buffer.put(_pad(first[: half + 1], half, 0, pad_mode)[:half])
    for piece in chain([first], feed):
        yield from buffer.put(as_samples(piece))
    yield from buffer.put(_after(buffer.pending(), half, pad_mode))
    yield from buffer.rest()


class _Buffer:
    """Room for the samples of one block."""

    def __init__(self, n_fft: int, hop_length: int) -> None:
        self._n_fft, self._hop = n_fft, hop_length
        self._frames = frames_per_block(n_fft)
        self._samples = np.empty((self._frames - 1) * hop_length + n_fft, dtype=np.float32)
        windows = np.lib.stride_tricks.sliding_window_view(self._samples, n_fft)
        self._views = windows[::hop_length]
        self._filled = 0
        self._skip = 0  # samples between this block and the next, where the hop leaves gaps

    def put(self, piece: Samples) -> Iterator[NDArray[np.float32]]:
        """Take in samples; yield each block that they complete."""
        size = len(self._samples)
        at = 0
        while at < len(piece):
            if self._skip:
                step = min(self._skip, len(piece) - at)
                self._skip -= step
                at += step
                continue
            step = min(size - self._filled, len(piece) - at)
            self._samples[self._filled : self._filled + step] = piece[at : at + step]
            self._filled += step
            at += step
            if self._filled == size:
                yield self._views
                keep = self._n_fft - self._hop
                if keep > 0:
                    self._samples[:keep] = self._samples[size - keep :]
                self._filled, self._skip = max(0, keep), max(0, -keep)

    def pending(self) -> Samples:
        """Return the samples from the first frame on that is not complete yet."""
        return self._samples[self._full() * self._hop : self._filled]

    def rest(self) -> Iterator[NDArray[np.float32]]:
        """Yield what is left: the last block, shorter than the others, if there is any."""
        if full := self._full():
            yield self._views[:full]

    def _full(self) -> int:
        if self._filled < self._n_fft:
            return 0
        return 1 + (self._filled - self._n_fft) // self._hop


def _take(feed: Iterator[Samples], n_samples: int) -> tuple[Samples, bool]:
    """Return the first samples, at least ``n_samples`` if there are as many, and whether so."""
    taken: list[Samples] = []
    length = 0
    for piece in feed:
        taken.append(as_samples(piece))
        length += len(piece)
        if length >= n_samples:
            break
    joined = taken[0] if len(taken) == 1 else np.concatenate([np.empty(0, np.float32), *taken])
    return joined, length >= n_samples


def as_samples(piece: Samples) -> Samples:
    """Return samples in single precision; more than one channel raises ``ValueError``."""
    y = np.asarray(piece, dtype=np.float32)
    if y.ndim != 1:
        raise ValueError(f"samples must have one dimension, not {y.ndim}; mix down to mono first.")
    return y


def _after(y: Samples, n_samples: int, mode: str) -> Samples:
    """Return what lies behind these samples; behind none, where the hop leaves gaps, no frame."""
    return _pad(y, 0, n_samples, mode)[len(y) :] if len(y) else y


def _pad(y: Samples, before: int, after: int, mode: str) -> Samples:
    return np.pad(y, (before, after), mode=mode)  # type: ignore[call-overload,no-any-return]
