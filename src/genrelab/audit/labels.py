"""Labels that a model out of fold does not believe: confident learning.

Northcutt, Jiang, Chuang, "Confident learning: estimating uncertainty in dataset labels" (JAIR 70,
2021), section 3: an example labelled ``i`` is suspected of being ``j`` if its probability of ``j``
reaches what examples labelled ``j`` have on the average (the threshold of equation 2), and ``j`` is
the most probable of all classes that do (equation 1). The off-diagonal of this confident joint is
what is listed, ranked by self-confidence, the probability of the given label, least first
(section 3.2).

A model that was trained on a track believes its label; so the probabilities must come from folds in
which the track was in the test part.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Suspicion:
    """A label that is doubted.

    Parameters
    ----------
    track_id
        The track.
    label
        Its label.
    suggested
        The label it is suspected to have.
    of_label, of_suggested
        Out-of-fold probability of each.
    """

    track_id: str
    label: str
    suggested: str
    of_label: float
    of_suggested: float


def thresholds(probabilities: NDArray[np.float64], y: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the mean probability of each class over the examples labelled with it (equation 2).

    Infinite for a class that no example has.

    Examples
    --------
    >>> p = np.array([[0.9, 0.1], [0.7, 0.3], [0.4, 0.6]])
    >>> thresholds(p, np.array([0, 0, 1]))
    array([0.8, 0.6])
    """
    own = [probabilities[y == k, k] for k in range(probabilities.shape[1])]
    return np.array([of.mean() if len(of) else np.inf for of in own])


def suspicious(
    track_ids: Sequence[str],
    labels: Sequence[str],
    y: NDArray[np.int64],
    probabilities: NDArray[np.float64],
) -> list[Suspicion]:
    """Return the doubted labels, the least believed first.

    Parameters
    ----------
    track_ids
        Name of each example.
    labels
        The classes in order.
    y
        Class index of each example's label, ``(n,)``.
    probabilities
        Out of fold, ``(n, classes)``.
    """
    y = np.asarray(y, np.int64)
    # A hair below, so that rounding does not decide where all of a class are equal.
    confident = probabilities >= thresholds(probabilities, y) - 1e-9
    best = np.where(confident, probabilities, -1.0).argmax(axis=1)
    doubted = np.flatnonzero(confident.any(axis=1) & (best != y))
    found = [
        Suspicion(
            track_ids[k],
            labels[int(y[k])],
            labels[int(best[k])],
            float(probabilities[k, y[k]]),
            float(probabilities[k, best[k]]),
        )
        for k in map(int, doubted)
    ]
    return sorted(found, key=lambda s: (s.of_label, -s.of_suggested, s.track_id))
