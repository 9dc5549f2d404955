"""Autoregressive models of windows, many at once (asgharivaskasi, equation 1).

Everything that the segmentation asks of a window's samples follows from a few numbers of its power
spectrum; :func:`describe` computes them, and the samples can be forgotten.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
import scipy.fft
from numpy.typing import NDArray

Floats = NDArray[np.float64]

#: White noise of this power is taken to lie under every window: 100 dB below full scale, less than
#: the rounding of 16 bits. It makes silence white, and keeps a pure tone from being predicted
#: without any error.
NOISE_FLOOR = 1e-10


@dataclass(frozen=True)
class Windows:
    """Windows, as far as their autoregressive models and residuals need them.

    Parameters
    ----------
    filters
        Coefficients of each window's inverse filter, ``(windows, order + 1)``, the first 1: the
        filter that leaves of a window what its model cannot predict. In terms of equation 1,
        ``1, -a_1, ..., -a_p``.
    variances
        Power of the noise that drives each model, ``(windows,)``.
    autocorrelations
        ``(windows, lags + order + 1)`` from lag 0 up, biased (divided by the window's length).
    squares
        Autocorrelation of the autocorrelation over all its lags, ``(windows, 2 * order + 1)``;
        ``(windows, 0)`` where a number of lags was asked for.
    """

    filters: Floats
    variances: Floats
    autocorrelations: Floats
    squares: Floats

    @property
    def order(self) -> int:
        """Order of the models."""
        return int(self.filters.shape[1]) - 1

    @property
    def powers(self) -> Floats:
        """Mean square of each window's samples, the noise floor included, ``(windows,)``."""
        return self.autocorrelations[:, 0]

    def __len__(self) -> int:
        return len(self.variances)

    @classmethod
    def join(cls, parts: list[Windows]) -> Windows:
        """Return the windows of all parts, one behind the other."""
        return cls(*(np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(cls)))


def describe(
    samples: NDArray[np.floating],
    *,
    order: int,
    lags: int | None = None,
    floor: float = NOISE_FLOOR,
) -> Windows:
    """Fit a model of ``order`` to each window.

    Parameters
    ----------
    samples
        ``(windows, length)``.
    order
        Past samples that predict the next one.
    lags
        Lags of a residual's autocorrelation that will be asked for, see
        :func:`~genrelab.segmentation.spectral_error.spectral_errors`; ``None`` is all of them.
    floor
        Power of the white noise that is added to what the samples have.

    Notes
    -----
    The autocorrelation method: a window is zero outside itself, which makes every model stable.
    One Fourier transform of a window gives its power spectrum ``P``; that of ``P`` is the
    autocorrelation, that of ``P**2`` the autocorrelation of the autocorrelation. For a number of
    lags the transform may be half as long.
    """
    length = samples.shape[1]
    if order < 1 or length < 1 or (lags is not None and lags < 1):
        raise ValueError("a model needs an order of at least 1, a window a sample, and lags one.")
    wanted = order + 1 + (lags or 0)
    # Room for the lags asked for, and none that wraps around onto them.
    room = 2 * length - 1 + 2 * order if lags is None else length + wanted
    n_fft = scipy.fft.next_fast_len(room, real=True)
    spectrum = scipy.fft.rfft(samples.astype(np.float64), n_fft)
    power = (spectrum.real**2 + spectrum.imag**2) / length + floor
    r = _first_lags(scipy.fft.irfft(power, n_fft), wanted, length)
    squares: Floats = np.zeros((len(samples), 0))
    if lags is None:
        squares = _first_lags(scipy.fft.irfft(power**2, n_fft), 2 * order + 1, 2 * length - 1)
    filters, variances = levinson_durbin(r, order)
    return Windows(filters, variances, r, squares)


def _first_lags(values: Floats, wanted: int, there: int) -> Floats:
    """Return the first lags; beyond ``there`` a window has none, and they are zero."""
    taken = np.zeros((len(values), wanted))
    n = min(wanted, there)
    taken[:, :n] = values[:, :n]
    return taken


def levinson_durbin(r: NDArray[np.floating], order: int) -> tuple[Floats, Floats]:
    """Solve the Yule-Walker equations of many autocorrelations at once.

    Parameters
    ----------
    r
        Autocorrelations from lag 0 up, ``(n, order + 1)`` or more.
    order
        Of the models.

    Returns
    -------
    filters, variances
        Inverse filters ``(n, order + 1)``, the first coefficient 1, and the power ``(n,)`` of what
        they leave. Where a lower order already predicts everything (or there is nothing), the
        remaining coefficients are 0.

    Source: Levinson (1947), Durbin (1960).

    Examples
    --------
    >>> filters, variances = levinson_durbin(np.array([[1.0, 0.5, 0.25]]), 2)
    >>> filters, variances
    (array([[ 1. , -0.5,  0. ]]), array([0.75]))
    """
    r = np.asarray(r, np.float64)
    filters: Floats = np.zeros((len(r), order + 1))
    filters[:, 0] = 1.0
    variances = r[:, 0].copy()
    for m in range(1, order + 1):
        left = np.einsum("ni,ni->n", filters[:, :m], r[:, m:0:-1])
        alive = variances > 1e-15 * r[:, 0]
        reflection = np.divide(-left, variances, out=np.zeros(len(r)), where=alive)
        reflection = np.clip(reflection, -1.0, 1.0)
        filters[:, 1 : m + 1] += reflection[:, None] * filters[:, m - 1 :: -1][:, :m]
        variances = variances * (1.0 - reflection**2)
    return filters, np.asarray(variances, np.float64)
