"""How far the spectra of two windows differ: the spectral error measure, for all pairs at once.

asgharivaskasi, Algorithm 1 and equation 2, after Bodenstein and Praetorius (1977): a window passes
through the inverse filter of another window's model; what is left is white noise of the model's
power if the two are alike.

The paper filters every window by every other. Here nothing is filtered, because a filter acts on an
autocorrelation by the autocorrelation of its coefficients. With ``g`` for that of window ``i``'s
filter and ``r`` for that of window ``j``'s samples, the residual has

    r_s[k] = sum over l of g[l] r[k - l],

and by the same rule the sum over all lags of ``r_s[k]**2`` is the sum over the few lags of the
autocorrelation of ``g``, each times the autocorrelation of ``r``. So a handful of numbers of each
window gives the whole matrix: by two matrix products for all lags, by one a lag for a few.

That is *exact* for the residual of a window between zeros, as long as the window and the filter
together. A filter that is stopped with the window, as in a line-by-line program, loses the last
``order`` samples of the residual: an edge effect of the order of ``order`` over the window's
length. (The noise floor, :data:`~genrelab.segmentation.autoregression.NOISE_FLOOR`, is added on
top.)
"""

from __future__ import annotations

import numpy as np

from genrelab.segmentation.autoregression import NOISE_FLOOR, Floats, Windows


def spectral_errors(
    windows: Windows, *, lags: int | None = None, floor: float = NOISE_FLOOR
) -> Floats:
    """Return the spectral error measure of every pair, equation 2.

    Parameters
    ----------
    windows
        From :func:`~genrelab.segmentation.autoregression.describe`, with the same ``lags`` or more,
        or with ``None`` for all.
    lags
        Lags of the residual's autocorrelation that are summed; ``None`` takes all, as the paper
        does (its upper limit is the window's length).
    floor
        The white noise that the windows were described with.

    Returns
    -------
    ``(windows, windows)``, equation 3: row the reference window, column the sliding window. Not
    symmetric. 0 is alike; of two samples of the same noise, all lags give about 1, since the
    autocorrelation of a finite window is never quite zero.
    """
    p = windows.order
    r = windows.autocorrelations
    g = _autocorrelation(windows.filters)  # (windows, order + 1)
    # White noise under a window leaves at least so much of it in every residual.
    least = floor * g[:, :1]
    whole = np.maximum(_sum_of_products(g, r[:, : p + 1]), np.maximum(least, 1e-300))
    if lags is None:
        if not windows.squares.shape[1]:
            raise ValueError("the windows were described with some lags, not with all.")
        both_sides = np.concatenate([g[:, :0:-1], g], axis=1)
        gg = _autocorrelation(both_sides)  # (windows, 2 * order + 1)
        coloured = _sum_of_products(gg, windows.squares) / whole**2 - 1.0
    else:
        if r.shape[1] < lags + p + 1:
            raise ValueError(f"the windows were described with fewer than {lags} lags.")
        coloured = np.zeros_like(whole)
        for k in range(1, lags + 1):
            reached = np.stack([_at(r, k - m) + _at(r, k + m) for m in range(1, p + 1)], axis=1)
            coloured += (g @ np.concatenate([r[:, k : k + 1], reached], axis=1).T) ** 2
        coloured *= 2.0 / whole**2
    errors: Floats = (windows.variances[:, None] / whole - 1.0) ** 2 + np.maximum(coloured, 0.0)
    return errors


def _at(r: Floats, lag: int) -> Floats:
    return r[:, abs(lag)]


def _autocorrelation(rows: Floats) -> Floats:
    """Return each row's autocorrelation from lag 0 up, as long as the row."""
    n = rows.shape[1]
    lags = [np.einsum("ni,ni->n", rows[:, : n - k], rows[:, k:]) for k in range(n)]
    return np.stack(lags, axis=1)


def _sum_of_products(first: Floats, second: Floats) -> Floats:
    """Sum over positive and negative lags of two even sequences, for all pairs of rows."""
    twice = np.full(first.shape[1], 2.0)
    twice[0] = 1.0
    products: Floats = (first * twice) @ second.T
    return products


def symmetrise(errors: Floats) -> Floats:
    """Return the mean of a matrix and its transpose, equation 4: the windows' distances."""
    distances: Floats = (errors + errors.T) / 2.0
    return distances
