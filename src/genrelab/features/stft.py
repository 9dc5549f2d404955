"""What all front ends over a short-time Fourier transform share.

The transform is computed in double precision and kept in single, as librosa does: in single
precision its rounding, about 1.5e-7 of the frame's loudest bins, would show in the quiet ones. A
sine of 10.5 kHz then differs by 0.002 dB from librosa within 80 dB of its peak, music by 0.2 dB
below.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genrelab.features import framing
from genrelab.features.base import Frames, FrontEnd, Samples
from genrelab.features.parameters import choice, flag, whole

#: Windows as sums of cosines: the weight of each multiple of the window's period.
WINDOWS = {
    "hann": (0.5, 0.5),
    "hamming": (0.54, 0.46),
    "blackman": (0.42, 0.5, 0.08),
    "blackmanharris": (0.35875, 0.48829, 0.14128, 0.01168),
    "boxcar": (1.0,),
}


@dataclass(frozen=True, kw_only=True)
class SpectralFrontEnd(FrontEnd):
    """A front end whose frames come from the STFT, each from its own samples alone.

    Parameters
    ----------
    sample_rate
        Hz, of the samples it is given.
    n_fft
        Samples in a frame.
    hop_length
        Samples from one frame's start to the next.
    win_length
        Length of the window, padded with zeros to ``n_fft``; ``None`` is ``n_fft``.
    window
        ``"hann"``, ``"hamming"``, ``"blackman"``, ``"blackmanharris"`` or ``"boxcar"``, periodic.
    center
        Whether frame ``t`` is centred at sample ``t * hop_length`` or begins there.
    pad_mode
        What lies beyond both ends with ``center``: ``"constant"`` (zeros), ``"edge"``,
        ``"reflect"`` or ``"symmetric"``.
    """

    sample_rate: int = 22050
    n_fft: int = 2048
    hop_length: int = 1024
    win_length: int | None = None
    window: str = "hann"
    center: bool = True
    pad_mode: str = "constant"

    def __post_init__(self) -> None:
        whole(self, "sample_rate")
        whole(self, "n_fft", least=2)
        whole(self, "hop_length")
        if self.win_length is not None:
            whole(self, "win_length", most=self.n_fft)
        choice(self, "window", tuple(WINDOWS))
        flag(self, "center")
        choice(self, "pad_mode", framing.PAD_MODES)

    @property
    def frame_rate(self) -> float:
        """Frames a second."""
        return self.sample_rate / self.hop_length

    @property
    def min_samples(self) -> int:
        """One with ``center``, else a whole frame."""
        return 1 if self.center else self.n_fft

    def n_frames(self, n_samples: int) -> int:
        """Return how many frames ``n_samples`` samples give; 0 where they are too few."""
        return framing.n_frames(
            n_samples, n_fft=self.n_fft, hop_length=self.hop_length, center=self.center
        )

    def frames(self, y: Samples) -> Frames:
        """Compute the local step for a whole track: ``(samples,)`` to ``(frame_bins, frames)``.

        Fewer samples than :attr:`min_samples` raise :class:`~genrelab.features.TooShortError`.
        """
        return np.concatenate(list(self.stream([y])), axis=1)

    def stream(self, blocks: Iterable[Samples]) -> Iterator[Frames]:
        """Yield the local step block by block; joined, equal to :meth:`frames` of the whole."""
        import scipy.fft

        window = fft_window(self.window, self.win_length or self.n_fft, self.n_fft)
        room = framing.frames_per_block(self.n_fft)
        windowed = np.empty((room, self.n_fft))
        magnitude = np.empty((room, self.n_fft // 2 + 1))
        for framed in framing.frame_blocks(
            blocks,
            n_fft=self.n_fft,
            hop_length=self.hop_length,
            center=self.center,
            pad_mode=self.pad_mode,
        ):
            k = len(framed)
            np.multiply(framed, window, out=windowed[:k])
            np.abs(scipy.fft.rfft(windowed[:k]), out=magnitude[:k])
            yield self._rows(magnitude[:k].T.astype(np.float32, order="C"))

    @abstractmethod
    def _rows(self, magnitude: NDArray[np.float32]) -> Frames:
        """Turn magnitudes ``(n_fft // 2 + 1, frames)``, which it may overwrite, into frames."""

    def frames_dict(self) -> dict[str, Any]:
        """Return what the local step depends on, with values that mean the same made equal."""
        return {
            **super().frames_dict(),
            "win_length": self.win_length or self.n_fft,
            "pad_mode": self.pad_mode if self.center else "",
        }


@lru_cache(maxsize=16)
def fft_window(name: str, win_length: int, n_fft: int) -> NDArray[np.float64]:
    """Return the periodic window, padded with zeros on both sides to ``n_fft``.

    Examples
    --------
    >>> fft_window("hann", 4, 6)
    array([0. , 0. , 0.5, 1. , 0.5, 0. ])
    """
    padded = np.zeros(n_fft)
    start = (n_fft - win_length) // 2
    padded[start : start + win_length] = periodic_window(name, win_length)
    padded.setflags(write=False)
    return padded


def periodic_window(name: str, length: int) -> NDArray[np.float64]:
    """Return a window of :data:`WINDOWS`; of length 1 it is 1."""
    if length == 1:
        return np.ones(1)
    phase = 2 * np.pi * np.arange(length) / length
    weights = WINDOWS[name]
    return np.asarray(sum(w * (-1) ** k * np.cos(k * phase) for k, w in enumerate(weights)))


def to_db(power: NDArray[np.float32], *, ref: float, amin: float) -> Frames:
    """Return ``10 log10(max(amin, power) / max(amin, ref))``, computed in place."""
    np.maximum(power, np.float32(amin), out=power)
    np.log10(power, out=power)
    power *= np.float32(10)
    if ref != 1:
        power -= np.float32(10 * np.log10(max(amin, ref)))
    return power


def clip_to_top(frames: Frames, top_db: float | None) -> Frames:
    """Lift what lies more than ``top_db`` below the loudest bin of these frames."""
    if frames.shape[1] == 0:
        raise ValueError("there is no frame to make an input of.")
    if top_db is None:
        return frames
    clipped: Frames = np.maximum(frames, frames.max() - np.float32(top_db))
    return clipped
