"""Constant-Q spectra in decibels: a frequency axis of equal musical intervals."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from genrelab.features.base import Frames, FrontEnd, Samples, TooShortError
from genrelab.features.constant_q import NORMS, Plan, Shape, make_plan
from genrelab.features.framing import as_samples
from genrelab.features.parameters import choice, number, whole
from genrelab.features.stft import WINDOWS, clip_to_top, to_db

#: Samples in the frames that are multiplied at once: one megabyte.
_AT_ONCE = 2**18


@dataclass(frozen=True, kw_only=True)
class LogCQT(FrontEnd):
    """The constant-Q transform in decibels, ``(n_bins, frames)``.

    Equals ``librosa.amplitude_to_db(abs(librosa.cqt(y, tuning=0.0, ...)))`` of librosa 0.11 for the
    same parameters, within 1e-5 of the loudest magnitude and, down to 60 dB below it, within
    0.01 dB, with two exceptions. Where a filter reaches over an end of the track, librosa cuts off
    what its resampler would give beyond that end; here it is kept, which is nearer to the transform
    as defined. And where ``hop_length`` cannot be halved exactly for every octave but the highest,
    librosa keeps higher rates for the low octaves, so that its filters are rounded to other lengths
    and differ by up to half a percent; here the rates follow the octaves at every hop.

    Parameters
    ----------
    sample_rate
        Hz, of the samples it is given.
    hop_length
        Samples from one frame's centre to the next; frame ``t`` is centred at sample
        ``t * hop_length``, and beyond both ends lie zeros. The default, 14.5 ms, is the hop next
        to 15 ms (LGNet 2023, section 4.1) that seven octaves can halve six times.
    fmin
        Hz, the lowest bin's frequency; the default is C1.
    n_bins
        Number of bins. The default is seven octaves, to B7 at 3951 Hz and two thirds of a tone.
    bins_per_octave
        Bins from a frequency to its double.
    filter_scale
        Length of the filters; smaller is sharper in time, and blurred in frequency.
    norm
        1 or 2: the exponent of the filters' magnitudes in the sum that is brought to 1; ``None``
        leaves them as they are.
    sparsity
        The part of each filter's spectrum that is left out, at least 0 and below 1.
    window
        ``"hann"``, ``"hamming"``, ``"blackman"``, ``"blackmanharris"`` or ``"boxcar"``, periodic.
    ref
        The magnitude that is 0 dB.
    amin
        The least magnitude told apart from silence.
    top_db
        How far below the loudest bin of an input its quiet bins may lie; ``None`` is any depth.

    Notes
    -----
    A frame depends on no sample further away than half the longest filter and the low-pass filter
    of its octave reach (two seconds by default), but for the rounding of double precision, 300 dB
    below the loudest sample of the ten seconds around it.

    Examples
    --------
    >>> import numpy as np
    >>> LogCQT(n_bins=84, bins_per_octave=12)(np.zeros(22050, np.float32)).shape
    (84, 69)
    """

    name: ClassVar[str] = "log_cqt"
    FINISH_FIELDS: ClassVar[frozenset[str]] = frozenset({"top_db"})

    sample_rate: int = 22050
    hop_length: int = 320
    fmin: float = 440 * 2.0 ** (-45 / 12)
    n_bins: int = 252
    bins_per_octave: int = 36
    filter_scale: float = 1.0
    norm: float | None = 1.0
    sparsity: float = 0.01
    window: str = "hann"
    ref: float = 1.0
    amin: float = 1e-5
    top_db: float | None = 80.0

    def __post_init__(self) -> None:
        for name in ("sample_rate", "hop_length", "n_bins", "bins_per_octave"):
            whole(self, name)
        number(self, "fmin", above=True)
        number(self, "filter_scale", above=True)
        choice(self, "norm", NORMS)
        number(self, "sparsity")
        if self.sparsity >= 1:
            raise ValueError(f"sparsity must be a number below 1, not {self.sparsity!r}.")
        choice(self, "window", tuple(WINDOWS))
        number(self, "ref")
        # The power of less than this would be 0 in single precision.
        number(self, "amin", least=1e-37**0.5)
        if self.top_db is not None:
            number(self, "top_db")
        if self._shape.upper_edge > self.sample_rate / 2:
            raise ValueError(
                f"the highest of {self.n_bins} bins reaches up to {self._shape.upper_edge:.0f} Hz, "
                f"above half the sample rate ({self.sample_rate / 2:g} Hz); ask for fewer bins."
            )

    @property
    def _shape(self) -> Shape:
        return Shape(
            sample_rate=self.sample_rate,
            hop_length=self.hop_length,
            fmin=self.fmin,
            n_bins=self.n_bins,
            bins_per_octave=self.bins_per_octave,
            filter_scale=self.filter_scale,
            norm=self.norm,
            sparsity=self.sparsity,
            window=self.window,
        )

    @property
    def n_frame_bins(self) -> int:
        """The number of bins."""
        return self.n_bins

    @property
    def frame_rate(self) -> float:
        """Frames a second."""
        return self.sample_rate / self.hop_length

    def n_frames(self, n_samples: int) -> int:
        """Return how many frames ``n_samples`` samples give; 0 where there are none."""
        return 1 + n_samples // self.hop_length if n_samples > 0 else 0

    def frames(self, y: Samples) -> Frames:
        """Compute the local step for a whole track: ``(samples,)`` to ``(n_bins, frames)``.

        No sample at all raises :class:`~genrelab.features.TooShortError`.
        """
        return np.concatenate(list(self.stream([y])), axis=1)

    def stream(self, blocks: Iterable[Samples]) -> Iterator[Frames]:
        """Yield the local step block by block; joined, equal to :meth:`frames` of the whole."""
        plan = make_plan(self._shape)
        advance = plan.frames * self.hop_length
        # Blocks begin at the same samples however these arrive, so that every sum is the same.
        block = np.zeros(plan.n_samples, np.float32)
        filled = plan.guard * self.hop_length
        n_samples = n_given = 0
        for given in blocks:
            piece = as_samples(given)
            n_samples += len(piece)
            while len(piece):
                taken = piece[: plan.n_samples - filled]
                block[filled : filled + len(taken)] = taken
                filled += len(taken)
                piece = piece[len(taken) :]
                if filled == plan.n_samples:
                    yield self._block(plan, block, plan.frames)
                    n_given += plan.frames
                    filled -= advance
                    block[:filled] = block[advance:].copy()
        if n_samples == 0:
            raise TooShortError("the audio has 0 samples and the front end needs at least 1.")
        block[filled:] = 0
        while (left := self.n_frames(n_samples) - n_given) > 0:
            yield self._block(plan, block, min(left, plan.frames))
            n_given += plan.frames
            block = np.concatenate([block[advance:], np.zeros(advance, np.float32)])

    def _block(self, plan: Plan, block: Samples, n_frames: int) -> Frames:
        """Return the first frames of a block, in decibels: ``(n_bins, n_frames)``."""
        import scipy.fft

        spectrum = scipy.fft.rfft(block.astype(np.float64))
        power = np.empty((self.n_bins, n_frames), np.float32)
        for octave in plan.octaves:
            y = block
            if octave.gain is not None:
                low = spectrum[: len(octave.gain)] * octave.gain
                y = scipy.fft.irfft(low, octave.n_samples).astype(np.float32)
            n, bins = len(octave.kernels), octave.kernels.shape[1] // 2
            first = plan.guard * octave.hop - n // 2
            framed = np.lib.stride_tricks.sliding_window_view(y[first:], n)[:: octave.hop]
            step = max(8, _AT_ONCE // n)
            for at in range(0, n_frames, step):
                stop = min(at + step, n_frames)
                # (frames, samples) @ (samples, 2 * bins); a copy, because frames overlap.
                parts = np.ascontiguousarray(framed[at:stop]) @ octave.kernels
                np.square(parts, out=parts)
                power[octave.rows, at:stop] = (parts[:, :bins] + parts[:, bins:]).T
        return to_db(power, ref=self.ref**2, amin=self.amin**2)

    def finish(self, frames: Frames) -> Frames:
        """Clip one input to ``top_db`` below its loudest bin."""
        return clip_to_top(frames, self.top_db)
