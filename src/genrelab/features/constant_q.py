"""The filters of the constant-Q transform, and how a block of samples is cut to apply them.

An octave is analysed at a sample rate near twice its highest frequency, so that each octave's
filters have about the same number of samples, as in Brown and Puckette, "An efficient algorithm
for the calculation of a constant Q transform" (1992), and in Schörkhuber and Klapuri, "Constant-Q
transform toolbox for music processing" (2010). The lower rates come from one Fourier transform of
the block, of which each octave's inverse transform takes the part below its own half rate.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import ceil, floor, log2

import numpy as np
from numpy.typing import NDArray

from genrelab.features.stft import WINDOWS, periodic_window

#: How the filters may be scaled: to a sum or a sum of squares of 1, or not at all.
NORMS = (1.0, 2.0, None)
#: The low-pass filter in front of a lower rate: up to where it passes all, as a part of half that
#: rate (that of librosa's resampler, "soxr_hq"), and the Kaiser window that keeps the rest 120 dB
#: down: Kaiser's formulas give its shape and, for this transition, its length.
PASSED = 0.913
STOP_DB = 120.0
#: Most frames in one block, where the hop is very small beside the filters.
MOST_FRAMES = 4096


@dataclass(frozen=True, kw_only=True)
class Shape:
    """The parameters of a constant-Q transform, see :class:`~genrelab.features.LogCQT`."""

    sample_rate: int
    hop_length: int
    fmin: float
    n_bins: int
    bins_per_octave: int
    filter_scale: float
    norm: float | None
    sparsity: float
    window: str

    @property
    def frequencies(self) -> NDArray[np.float64]:
        """Centres of the bins in Hz, rising."""
        return np.asarray(self.fmin * 2.0 ** (np.arange(self.n_bins) / self.bins_per_octave))

    @property
    def quality(self) -> float:
        """A bin's frequency over its bandwidth, the Q that is constant."""
        ratio = 2.0 ** (2 / self.bins_per_octave)
        return float(self.filter_scale * (ratio + 1) / (ratio - 1))

    @property
    def upper_edge(self) -> float:
        """Hz, where the highest bin's main lobe ends: half a window's noise bandwidth above it."""
        weights = WINDOWS[self.window]
        bandwidth = 1 + sum(w * w for w in weights[1:]) / (2 * weights[0] ** 2)
        return float(self.frequencies[-1] * (1 + 0.5 * bandwidth / self.quality))


@dataclass(frozen=True, kw_only=True)
class Octave:
    """The filters of one octave, at its own sample rate.

    Attributes
    ----------
    rows
        Its bins among all.
    kernels
        ``(samples, 2 * bins)``: what the samples of a frame are multiplied by, first for the real
        and then for the imaginary parts.
    hop
        Samples from one frame's start to the next.
    gain
        Weight of each frequency of the block on the way to this rate, ``None`` at the full rate.
    n_samples
        Of the block at this rate.
    """

    rows: slice
    kernels: NDArray[np.float32]
    hop: int
    gain: NDArray[np.float64] | None
    n_samples: int


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How blocks of samples become frames.

    Attributes
    ----------
    frames
        Frames of a block.
    guard
        Hops of samples that a block has in front of its first frame's centre, and at least as
        many behind its last one's: no filter reaches further.
    n_samples
        Samples of a block, guards and all.
    octaves
        From the highest to the lowest.
    """

    frames: int
    guard: int
    n_samples: int
    octaves: tuple[Octave, ...]


@lru_cache(maxsize=4)
def make_plan(shape: Shape) -> Plan:
    """Return the filters of a transform and the block length that suits them."""
    import scipy.fft

    hops = _octave_hops(shape)
    kernels: list[NDArray[np.complex128]] = []
    reach = 0.0
    for i, hop in enumerate(hops):
        kernels.append(_kernels(shape, _rows(shape, i), rate_ratio=hop / shape.hop_length))
        passing = 0 if hop == shape.hop_length else _half_taps(hop / shape.hop_length)
        reach = max(reach, len(kernels[-1]) / 2 * shape.hop_length / hop + passing)
    guard = ceil(reach / shape.hop_length) + 1
    frames = min(4 * guard, MOST_FRAMES)
    # An even number of hops, so that the block has an even number of samples at every rate.
    hops_per_block = 2 * scipy.fft.next_fast_len(ceil((frames + 2 * guard) / 2), real=True)
    n_samples = hops_per_block * shape.hop_length
    octaves = tuple(
        Octave(
            rows=_rows(shape, i),
            kernels=np.concatenate([k.real, k.imag], axis=1).astype(np.float32),
            hop=hop,
            gain=None if hop == shape.hop_length else _low_pass(hop, shape.hop_length, n_samples),
            n_samples=hops_per_block * hop,
        )
        for i, (hop, k) in enumerate(zip(hops, kernels, strict=True))
    )
    return Plan(
        frames=hops_per_block - 2 * guard, guard=guard, n_samples=n_samples, octaves=octaves
    )


def _rows(shape: Shape, octave: int) -> slice:
    """Return the bins of an octave, counted from the highest; the lowest may have fewer."""
    stop = shape.n_bins - octave * shape.bins_per_octave
    return slice(max(0, stop - shape.bins_per_octave), stop)


def _octave_hops(shape: Shape) -> list[int]:
    """Return the samples in a hop at each octave's rate, from the highest octave to the lowest.

    The rate halves from octave to octave, exactly so while the hop is even. Where all bins lie low,
    the highest octave has a lower rate too; how much lower is librosa's rule, on which the
    rounding of the filters to whole samples depends.
    """
    n_octaves = ceil(shape.n_bins / shape.bins_per_octave)
    twos = (shape.hop_length & -shape.hop_length).bit_length() - 1
    spare = ceil(log2(shape.sample_rate / 2 / shape.upper_edge)) - 2
    first = max(0, min(spare, twos - n_octaves + 1))
    return [-(-shape.hop_length // 2 ** (first + i)) for i in range(n_octaves)]


def _kernels(shape: Shape, rows: slice, *, rate_ratio: float) -> NDArray[np.complex128]:
    """Return one octave's kernels ``(samples, bins)`` at ``rate_ratio`` of the sample rate.

    Each is a windowed complex sine of ``quality`` periods. It is brought to the octave's common
    power of two of samples, and the smallest part of its spectrum, ``sparsity`` of the sum of
    magnitudes, is left out, as is all of it below 0 Hz. That is librosa's transform to the detail:
    without the omission, the side lobes of loud tones, 50 dB below them, would differ.
    """
    import scipy.fft

    rate = shape.sample_rate * rate_ratio
    frequencies = shape.frequencies[rows]
    lengths = shape.quality * rate / frequencies
    n = 2 ** ceil(log2(lengths.max()))
    filters = np.zeros((len(lengths), n), np.complex128)
    for row, length, frequency in zip(filters, lengths, frequencies, strict=True):
        times = np.arange(floor(-length / 2), floor(length / 2))
        wave = periodic_window(shape.window, len(times)) * np.exp(
            2j * np.pi * frequency / rate * times
        )
        if shape.norm is not None:
            wave /= (np.abs(wave) ** shape.norm).sum() ** (1 / shape.norm)
        start = (n - len(wave)) // 2
        row[start : start + len(wave)] = wave * length / n
    spectra = scipy.fft.fft(filters)[:, : n // 2 + 1]
    _leave_out_least(spectra, shape.sparsity)
    # A frame's spectrum is multiplied by these and summed: the same as the frame itself multiplied
    # by their transform. A bin is scaled by the root of its length at the full rate.
    kernels = scipy.fft.fft(spectra, n) / np.sqrt(lengths * rate_ratio)[:, None]
    return np.ascontiguousarray(kernels.T)


def _leave_out_least(spectra: NDArray[np.complex128], part: float) -> None:
    """Set the least values of each row to 0 that make up less than this part of its sum."""
    for row in spectra:
        sizes = np.abs(row)
        rising = np.sort(sizes)
        kept = int(np.searchsorted(np.cumsum(rising), part * rising.sum()))
        row[sizes < rising[min(kept, len(rising) - 1)]] = 0


def _half_taps(rate_ratio: float) -> int:
    """Return how far the low-pass filter reaches to both sides, in samples at the full rate."""
    transition = np.pi * rate_ratio * (1 - PASSED)
    return ceil((STOP_DB - 8) / (2.285 * transition) / 2)


def _low_pass(hop: int, hop_length: int, n_samples: int) -> NDArray[np.float64]:
    """Return the filter's weight of each of a block's frequencies up to half the lower rate.

    It is the transform of a filter of finite length: a sample at the lower rate depends on no
    sample further away than that.
    """
    import scipy.fft

    ratio = hop / hop_length
    half = _half_taps(ratio)
    times = np.arange(-half, half + 1)
    cutoff = ratio * (1 + PASSED) / 2
    taps = cutoff * np.sinc(cutoff * times) * np.kaiser(len(times), 0.1102 * (STOP_DB - 8.7))
    around_zero = np.zeros(n_samples)
    around_zero[times] = taps / taps.sum()
    # Even in time, so that its transform is real.
    weights = scipy.fft.rfft(around_zero).real[: round(n_samples * ratio) // 2 + 1]
    return np.ascontiguousarray(weights * ratio)
