"""Normalised spectral clustering of a graph (asgharivaskasi, Algorithm 3).

Ng, Jordan and Weiss, "On spectral clustering: analysis and an algorithm" (2001).
"""

from __future__ import annotations

import numpy as np
import scipy.linalg
from numpy.typing import NDArray
from scipy.cluster.vq import ClusterError, kmeans2

from genrelab.segmentation.autoregression import Floats

Labels = NDArray[np.int64]

#: Starts of k-means, of which the best is kept.
_STARTS = 10


def normalised_laplacian(weights: Floats) -> Floats:
    """Return ``D^-1/2 A D^-1/2``, equations 6 and 7; rows of windows without an edge are 0."""
    degrees = weights.sum(axis=1)
    roots = np.divide(1.0, np.sqrt(degrees), out=np.zeros(len(degrees)), where=degrees > 0)
    laplacian: Floats = roots[:, None] * weights * roots
    return laplacian


def leading_eigenvectors(matrix: Floats, k: int) -> tuple[Floats, Floats]:
    """Return the ``k`` largest eigenvalues of a symmetric matrix, falling, and their vectors.

    Returns
    -------
    values, vectors
        ``(k,)`` and ``(n, k)``.
    """
    n = len(matrix)
    values, vectors = scipy.linalg.eigh(matrix, subset_by_index=[max(0, n - k), n - 1])
    return values[::-1], vectors[:, ::-1]


def eigengap(eigenvalues: Floats) -> int:
    """Return the number of clusters: the place of the widest gap between falling eigenvalues.

    Parameters
    ----------
    eigenvalues
        The largest ones, falling, two or more; the answer is at most one fewer.

    Source: von Luxburg, "A tutorial on spectral clustering" (2007), section 8.3; the paper's
    property 2.

    Examples
    --------
    >>> eigengap(np.array([1.0, 0.98, 0.97, 0.4, 0.3]))
    3
    """
    if len(eigenvalues) < 2:
        return 1
    return int(np.argmax(eigenvalues[:-1] - eigenvalues[1:])) + 1


def spectral_clusters(
    weights: Floats, n_clusters: int | None = None, *, max_clusters: int = 8, seed: int = 0
) -> tuple[Labels, Floats]:
    """Cluster the vertices of a graph.

    Parameters
    ----------
    weights
        Of the edges, symmetric, ``(n, n)``.
    n_clusters
        How many; ``None`` asks the eigengap, up to ``max_clusters``.
    seed
        Of k-means' starts.

    Returns
    -------
    labels, eigenvalues
        ``(n,)``, numbered from 0 in order of their first vertex; and the ``max_clusters + 1``
        largest eigenvalues of the Laplacian (fewer if there are fewer vertices), falling.
    """
    n = len(weights)
    most = max(max_clusters, n_clusters or 0)
    values, vectors = leading_eigenvectors(normalised_laplacian(weights), min(n, most + 1))
    k = min(n, n_clusters if n_clusters is not None else eigengap(values))
    embedded = vectors[:, :k]
    lengths = np.linalg.norm(embedded, axis=1, keepdims=True)
    rows = np.divide(embedded, lengths, out=np.zeros_like(embedded), where=lengths > 0)
    return in_order(_k_means(rows, k, seed)), values


def _k_means(rows: Floats, k: int, seed: int) -> Labels:
    """Return the best of several k-means, begun as Ng, Jordan and Weiss do (section 4)."""
    if k == 1:
        return np.zeros(len(rows), np.int64)
    rng = np.random.default_rng(seed)
    best, least = np.zeros(len(rows), np.int64), np.inf
    for first in rng.permutation(len(rows))[:_STARTS]:
        centres = _far_apart(rows, k, int(first))
        try:
            centres, labels = kmeans2(rows, centres, iter=50, minit="matrix", missing="raise")
        except ClusterError:  # a cluster ran empty; another start may not
            continue
        error = float(((rows - centres[labels]) ** 2).sum())
        if error < least - 1e-12:
            best, least = labels.astype(np.int64), error
    # With fewer different rows than clusters, every start runs empty.
    return best if least < np.inf else _k_means(rows, k - 1, seed)


def _far_apart(rows: Floats, k: int, first: int) -> Floats:
    """Return ``k`` rows: each the one that is least along those taken before it."""
    taken = [first]
    along = np.abs(rows @ rows[first])
    for _ in range(1, k):
        taken.append(int(along.argmin()))
        along = np.maximum(along, np.abs(rows @ rows[taken[-1]]))
    return rows[taken]


def in_order(labels: NDArray[np.integer]) -> Labels:
    """Return labels numbered from 0 in order of their first appearance.

    Examples
    --------
    >>> in_order(np.array([7, 7, 2, 7, 4]))
    array([0, 0, 1, 0, 2])
    """
    _, first, inverse = np.unique(labels, return_index=True, return_inverse=True)
    rank = np.empty(len(first), np.int64)
    rank[np.argsort(first)] = np.arange(len(first))
    return rank[inverse]
