"""How well a segmentation agrees with the truth.

The measures of MIREX's structural segmentation, as mir_eval has them, and the adjusted Rand index.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from genrelab.segmentation.autoregression import Floats
from genrelab.segmentation.parts import Part

#: Seconds between the times at which labels are compared.
GRID = 0.1


@dataclass(frozen=True)
class Hits:
    """Boundaries that were found.

    Parameters
    ----------
    recall
        Share of the true boundaries that an estimated one is near to.
    precision
        Share of the estimated boundaries that are near to a true one.
    """

    recall: float
    precision: float

    @property
    def f1(self) -> float:
        """Harmonic mean of both."""
        both = self.recall + self.precision
        return 2 * self.recall * self.precision / both if both else 0.0


def boundary_hits(
    truth: Sequence[float], estimated: Sequence[float], *, tolerance: float = 3.0
) -> Hits:
    """Compare inner boundaries; each counts for one of the other side at most.

    Parameters
    ----------
    truth, estimated
        Seconds, rising, without start and end of the track.
    tolerance
        Seconds within which two are near.

    Examples
    --------
    >>> boundary_hits([10, 20], [9, 11, 40])
    Hits(recall=0.5, precision=0.3333333333333333)
    """
    # In order, each true boundary takes the earliest that is near and free: as many as can be.
    hits, free = 0, 0
    for time in truth:
        while free < len(estimated) and estimated[free] < time - tolerance:
            free += 1
        if free < len(estimated) and estimated[free] <= time + tolerance:
            hits += 1
            free += 1
    if not len(truth) and not len(estimated):
        return Hits(1.0, 1.0)
    return Hits(
        hits / len(truth) if len(truth) else 1.0, hits / len(estimated) if len(estimated) else 0.0
    )


def labels_over_time(parts: Sequence[Part]) -> NDArray[np.int64]:
    """Return the label every :data:`GRID` seconds, at the middle of each step, ``(n,)``."""
    ends = np.array([part.end for part in parts])
    times = np.arange(GRID / 2, ends[-1], GRID)
    which = np.searchsorted(ends, times, side="right")
    return np.array([part.label for part in parts])[np.minimum(which, len(parts) - 1)]


def _pairs(truth: NDArray[np.integer], estimated: NDArray[np.integer]) -> tuple[Floats, int]:
    """Return how often each pair of labels falls together, and how many times there are."""
    n = min(len(truth), len(estimated))
    _, first = np.unique(truth[:n], return_inverse=True)
    _, second = np.unique(estimated[:n], return_inverse=True)
    together = np.zeros((first.max() + 1, second.max() + 1))
    np.add.at(together, (first, second), 1.0)
    return together, n


def _choose_2(counts: Floats) -> float:
    return float((counts * (counts - 1) / 2).sum())


def pairwise_f1(truth: NDArray[np.integer], estimated: NDArray[np.integer]) -> float:
    """Return the F1 of pairs of times: those of one part in truth, and in the estimate.

    Source: Levy and Sandler, "Structural segmentation of musical audio by constrained clustering"
    (2008), section V.
    """
    together, _ = _pairs(truth, estimated)
    both = _choose_2(together)
    sides = _choose_2(together.sum(axis=1)) + _choose_2(together.sum(axis=0))
    return 2 * both / sides if sides else 1.0


def adjusted_rand_index(truth: NDArray[np.integer], estimated: NDArray[np.integer]) -> float:
    """Return the Rand index of two labellings, 0 where they agree by chance alone.

    Source: Hubert and Arabie, "Comparing partitions" (1985).
    """
    together, n = _pairs(truth, estimated)
    if n < 2:
        return 1.0
    both = _choose_2(together)
    one, other = _choose_2(together.sum(axis=1)), _choose_2(together.sum(axis=0))
    by_chance = one * other / (n * (n - 1) / 2)
    most = (one + other) / 2
    return (both - by_chance) / (most - by_chance) if most != by_chance else 1.0
