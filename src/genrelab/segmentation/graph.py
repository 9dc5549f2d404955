"""The graph of a soundtrack: windows are vertices, likeness is the weight of an edge.

asgharivaskasi, Algorithm 2, equation 5, and Figure 6.
"""

from __future__ import annotations

import numpy as np

from genrelab.segmentation.autoregression import Floats

#: The neighbour whose distance is a window's own scale (Zelnik-Manor and Perona, 2004, section 3);
#: in short tracks an earlier one, since the seventh may well be of another part.
NEIGHBOUR = 7
#: No local scale is less: windows of one sound differ by chance, and what chance does is no
#: structure. Chosen on autoregressive processes and on the half of the joined clips that is for
#: choosing (`benchmarks/joins.py`).
LEAST_SCALE = 0.3
LOCAL = "local"


def adjacency(
    distances: Floats, scale: float | str = LOCAL, *, neighbour: int | None = None
) -> Floats:
    """Return the weights of the graph's edges, 0 to 1, equation 5.

    Parameters
    ----------
    distances
        Symmetric, ``(windows, windows)``.
    scale
        What a distance is divided by before it is squared. 1 is the paper's own form; distances of
        music are tens and hundreds, which makes weights of 1e-40 and less, or 0. ``"local"`` takes,
        for a pair, the geometric mean of both windows' distances to their ``neighbour``-th nearest
        window, so that tight and loose parts of a track both hold together; at least
        :data:`LEAST_SCALE`.
    neighbour
        For ``"local"``; by default :data:`NEIGHBOUR`, or the root of the number of windows if that
        is less.

    Returns
    -------
    Symmetric ``(windows, windows)``; the diagonal is 0.

    Source of the local scale: Zelnik-Manor and Perona, "Self-tuning spectral clustering" (2004).

    Examples
    --------
    >>> adjacency(np.array([[0.0, 0.5], [0.5, 0.0]]), 1.0).round(3)
    array([[0.   , 0.779],
           [0.779, 0.   ]])
    """
    n = len(distances)
    if isinstance(scale, str):
        if scale != LOCAL:
            raise ValueError(f"scale must be a number or {LOCAL!r}, not {scale!r}.")
        others = np.sort(distances + np.diag(np.full(n, np.inf)), axis=1)
        place = min(NEIGHBOUR, round(n**0.5)) if neighbour is None else neighbour
        own = others[:, min(place, n - 1) - 1] if n > 1 else np.ones(n)
        own = np.maximum(own, LEAST_SCALE)
        squares = distances**2 / np.outer(own, own)
    else:
        if not scale > 0:
            raise ValueError(f"scale must be above 0, not {scale}.")
        squares = (distances / scale) ** 2
    weights: Floats = np.exp(-squares)
    np.fill_diagonal(weights, 0.0)
    return weights


def multidimensional_scaling(distances: Floats, dimensions: int = 2) -> Floats:
    """Place windows in a plane so that distances are kept as well as they can be.

    Parameters
    ----------
    distances
        Symmetric, ``(windows, windows)``.
    dimensions
        Of the space.

    Returns
    -------
    ``(windows, dimensions)``; the sign of each axis is such that its largest coordinate is
    positive.

    Source: classical scaling, Torgerson (1952).
    """
    n = len(distances)
    squares = distances**2
    centred = squares - squares.mean(axis=0) - squares.mean(axis=1)[:, None] + squares.mean()
    values, vectors = np.linalg.eigh(-centred / 2.0)
    taken = np.argsort(values)[::-1][:dimensions]
    places = np.zeros((n, dimensions))
    found = vectors[:, taken] * np.sqrt(np.maximum(values[taken], 0.0))
    found = found * np.sign(found[np.abs(found).argmax(axis=0), np.arange(found.shape[1])])
    places[:, : found.shape[1]] = found
    return places
