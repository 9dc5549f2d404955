"""From a track's windows to the track: one rule for training, testing and classifying."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

#: The mean of the windows' probabilities, or a majority vote of the windows.
AGGREGATES = ("mean", "vote")
#: What a vote's shares give up, so that their largest is always the decision.
TIE_BREAK = 1e-6


def softmax(logits: NDArray[np.float32], temperature: float = 1.0) -> NDArray[np.float64]:
    """Return the probabilities of windows: ``(windows, classes)``.

    Parameters
    ----------
    logits
        ``(windows, classes)``.
    temperature
        Divides the logits.

    Examples
    --------
    >>> softmax(np.log([[1.0, 3.0]])).round(2).tolist()
    [[0.25, 0.75]]
    """
    scaled = logits.astype(np.float64) / temperature
    scaled -= scaled.max(axis=1, keepdims=True)
    p = np.exp(scaled)
    normalised: NDArray[np.float64] = p / p.sum(axis=1, keepdims=True)
    return normalised


class Aggregate:
    """Gathers windows as they come; memory does not grow with their number.

    Parameters
    ----------
    how
        ``"mean"``: a track's probabilities are the mean of its windows'. ``"vote"``: each window
        gives one vote to its most probable class (of equals the first), and the class with most
        votes wins; among classes with as many votes, the one with the larger mean probability
        (of equals the first). The track's probabilities are the shares of the votes, of which
        two millionths go to the mean of the probabilities and to the winner: so the largest is
        the decision, and classes with as many votes stand in the order of their means.
    n_classes
        Number of classes.

    Examples
    --------
    Two windows for the first class, one, very sure, for the second:

    >>> windows = np.array([[0.6, 0.4], [0.6, 0.4], [0.0, 1.0]])
    >>> for how in AGGREGATES:
    ...     track = Aggregate(how, n_classes=2)
    ...     track.add(windows)
    ...     track.probabilities().round(2).tolist()
    [0.4, 0.6]
    [0.67, 0.33]
    """

    def __init__(self, how: str, n_classes: int) -> None:
        if how not in AGGREGATES:
            raise ValueError(f"aggregate must be one of {', '.join(AGGREGATES)}, not {how!r}")
        self.how = how
        self.n_windows = 0
        self._total = np.zeros(n_classes)
        self._votes = np.zeros(n_classes, dtype=np.int64)

    def add(self, probabilities: NDArray[np.float64]) -> None:
        """Take the probabilities of more windows: ``(windows, classes)``."""
        self.n_windows += len(probabilities)
        self._total += probabilities.sum(axis=0)
        if self.how == "vote":
            votes = probabilities.argmax(axis=1)
            self._votes += np.bincount(votes, minlength=len(self._votes))

    def probabilities(self) -> NDArray[np.float64]:
        """Return the track's probabilities, ``(classes,)``; there must have been a window."""
        if self.n_windows == 0:
            raise ValueError("there is no window to judge a track by")
        mean: NDArray[np.float64] = self._total / self.n_windows
        if self.how == "mean":
            return mean
        tied = self._votes == self._votes.max()
        winner = np.where(tied, mean, -1.0).argmax()
        shares = (1 - 2 * TIE_BREAK) * self._votes / self.n_windows + TIE_BREAK * mean
        shares[winner] += TIE_BREAK
        return shares
