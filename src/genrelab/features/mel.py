"""Mel spectra: the bank of filters, and the local step that log-mel and MFCC share."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genrelab.features.base import Frames
from genrelab.features.parameters import flag, number, whole
from genrelab.features.stft import SpectralFrontEnd, clip_to_top, to_db

MEL_NORMS = ("slaney", None)


@dataclass(frozen=True, kw_only=True)
class MelFrontEnd(SpectralFrontEnd):
    """A front end whose local step is the mel spectrum in decibels, ``(n_mels, frames)``.

    Parameters
    ----------
    n_mels
        Number of mel bands.
    fmin, fmax
        Hz, the lowest band's lower and the highest band's upper edge; ``fmax=None`` is half the
        sample rate.
    htk
        The HTK formula for mels rather than Slaney's.
    power
        Exponent of the magnitudes before they are summed to bands: 2 sums powers.
    ref
        What is 0 dB.
    amin
        The least band value told apart from silence.
    top_db
        How far below the loudest band of an input its quiet bands may lie; ``None`` is any depth.
    """

    n_mels: int = 128
    fmin: float = 0.0
    fmax: float | None = None
    htk: bool = False
    power: float = 2.0
    ref: float = 1.0
    amin: float = 1e-10
    top_db: float | None = 80.0

    def __post_init__(self) -> None:
        super().__post_init__()
        whole(self, "n_mels")
        number(self, "fmin")
        if self.fmax is not None:
            number(self, "fmax")
        if not self.fmin < self._top <= self.sample_rate / 2:
            raise ValueError(
                f"fmax must lie above fmin ({self.fmin:g} Hz) and not above half the sample rate "
                f"({self.sample_rate / 2:g} Hz), but is {self._top:g} Hz."
            )
        flag(self, "htk")
        number(self, "power", above=True)
        number(self, "ref")
        number(self, "amin", least=1e-37)
        if self.top_db is not None:
            number(self, "top_db")

    @property
    def _top(self) -> float:
        return self.sample_rate / 2 if self.fmax is None else self.fmax

    @property
    @abstractmethod
    def _filter_norm(self) -> str | None:
        """How the filters are scaled, one of :data:`MEL_NORMS`."""

    @property
    def n_frame_bins(self) -> int:
        """The number of mel bands."""
        return self.n_mels

    def _rows(self, magnitude: NDArray[np.float32]) -> Frames:
        if self.power == 2:
            np.square(magnitude, out=magnitude)
        elif self.power != 1:
            np.power(magnitude, np.float32(self.power), out=magnitude)
        filters = _sparse_filters(
            self.sample_rate,
            self.n_fft,
            self.n_mels,
            self.fmin,
            self._top,
            self.htk,
            self._filter_norm,
        )
        return to_db(filters @ magnitude, ref=self.ref, amin=self.amin)

    def finish(self, frames: Frames) -> Frames:
        """Clip one input to ``top_db`` below its loudest band."""
        return clip_to_top(frames, self.top_db)

    def frames_dict(self) -> dict[str, Any]:
        """Return what the mel spectrum depends on: the same for every front end made of it."""
        values = {k: v for k, v in super().frames_dict().items() if k not in ("norm", "mel_norm")}
        return {**values, "name": "log_mel", "fmax": self._top, "norm": self._filter_norm}


def mel_filters(
    sample_rate: float,
    n_fft: int,
    *,
    n_mels: int = 128,
    fmin: float = 0.0,
    fmax: float | None = None,
    htk: bool = False,
    norm: str | None = "slaney",
) -> NDArray[np.float64]:
    """Return triangular filters equally spaced in mels, ``(n_mels, n_fft // 2 + 1)``.

    With many bands on few bins the lowest triangles fall between two bins and are empty: such a
    band is silent in every frame.

    Parameters
    ----------
    sample_rate, n_fft
        Of the spectra they will weigh.
    n_mels, fmin, fmax, htk
        See :class:`MelFrontEnd`.
    norm
        ``"slaney"`` gives each triangle unit area (over Hz, times 2), ``None`` unit height.
    """
    top = sample_rate / 2 if fmax is None else fmax
    ends = _hz_to_mel(np.array([fmin, top]), htk)
    corners = _mel_to_hz(np.linspace(ends[0], ends[1], n_mels + 2), htk)
    lower, peak, upper = corners[:-2, None], corners[1:-1, None], corners[2:, None]
    hz = np.arange(n_fft // 2 + 1) * (sample_rate / n_fft)
    rising = (hz - lower) / (peak - lower)
    falling = (upper - hz) / (upper - peak)
    filters = np.maximum(0.0, np.minimum(rising, falling))
    return filters * (2 / (upper - lower)) if norm == "slaney" else filters


@lru_cache(maxsize=16)
def _sparse_filters(
    sample_rate: int,
    n_fft: int,
    n_mels: int,
    fmin: float,
    fmax: float,
    htk: bool,
    norm: str | None,
) -> Any:
    # Two weights a bin are not 0: the dense product would cost more than the Fourier transform.
    from scipy.sparse import csr_matrix

    dense = mel_filters(sample_rate, n_fft, n_mels=n_mels, fmin=fmin, fmax=fmax, htk=htk, norm=norm)
    return csr_matrix(dense.astype(np.float32))


# Slaney's Auditory Toolbox: linear to 1 kHz, 3 mels to 200 Hz; above, 27 mels to a factor of 6.4.
_HZ_PER_MEL = 200 / 3
_KNEE_HZ = 1000.0
_KNEE_MEL = _KNEE_HZ / _HZ_PER_MEL
_LOG_STEP = np.log(6.4) / 27


def _hz_to_mel(hz: NDArray[np.float64], htk: bool) -> NDArray[np.float64]:
    if htk:
        return np.asarray(2595 * np.log10(1 + hz / 700))
    above = _KNEE_MEL + np.log(np.maximum(hz, _KNEE_HZ) / _KNEE_HZ) / _LOG_STEP
    return np.where(hz < _KNEE_HZ, hz / _HZ_PER_MEL, above)


def _mel_to_hz(mel: NDArray[np.float64], htk: bool) -> NDArray[np.float64]:
    if htk:
        return np.asarray(700 * (10 ** (mel / 2595) - 1))
    above = _KNEE_HZ * np.exp(_LOG_STEP * (mel - _KNEE_MEL))
    return np.where(mel < _KNEE_MEL, mel * _HZ_PER_MEL, above)
