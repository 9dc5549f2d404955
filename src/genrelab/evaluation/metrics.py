"""Measures of a classifier, as plain functions of truth and answer.

Truth is an array of class indices ``(n,)``; an answer is either class indices ``(n,)`` or
probabilities ``(n, classes)``. Functions that need the number of classes take ``n_classes``.

A class without a track is dealt with in one way everywhere: a share whose denominator is zero is
``nan`` and left out of means, with one exception: a genre that has tracks but is never predicted
has precision 0, since naming none of its tracks is a failure and not an absence of evidence.
Empty input raises :class:`ValueError`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

#: Bins of the calibration error, as in Guo et al. (2017), section 4.
N_BINS = 15
#: Probabilities are kept this far from zero in the log loss: the spacing of float64 at one.
SMALLEST_PROBABILITY = float(np.finfo(np.float64).eps)


def _not_empty(y_true: NDArray[np.integer]) -> None:
    if len(y_true) == 0:
        raise ValueError("there is no track to measure.")


def share(part: Floats, whole: Floats) -> Floats:
    """Return ``part / whole`` elementwise, ``nan`` where ``whole`` is zero."""
    part, whole = np.broadcast_arrays(np.asarray(part, float), np.asarray(whole, float))
    shares: Floats = np.full(whole.shape, np.nan)
    np.divide(part, whole, out=shares, where=whole != 0)
    return shares


def mean_of_defined(values: Floats) -> Floats:
    """Return the mean over the last axis, leaving out ``nan``; ``nan`` where nothing is left."""
    defined = ~np.isnan(values)
    return share(np.where(defined, values, 0.0).sum(-1), defined.sum(-1).astype(float))


def accuracy(y_true: Ints, y_pred: Ints) -> float:
    """Return the share of tracks named rightly.

    Examples
    --------
    >>> import numpy as np
    >>> accuracy(np.array([0, 1, 2, 2]), np.array([0, 1, 2, 0]))
    0.75
    """
    _not_empty(y_true)
    return float(np.mean(np.asarray(y_true) == np.asarray(y_pred)))


def confusion_matrix(y_true: Ints, y_pred: Ints, n_classes: int) -> Ints:
    """Count tracks by true class (row) and predicted class (column): ``(classes, classes)``.

    Examples
    --------
    >>> import numpy as np
    >>> confusion_matrix(np.array([0, 0, 1]), np.array([0, 1, 1]), 2)
    array([[1, 1],
           [0, 1]])
    """
    cells = np.asarray(y_true, np.int64) * n_classes + np.asarray(y_pred, np.int64)
    return np.bincount(cells, minlength=n_classes**2).reshape(n_classes, n_classes)


def precision_of(hits: Floats, true: Floats, predicted: Floats) -> Floats:
    """Return precision from counts: right answers, tracks and answers of each class."""
    return np.where((predicted == 0) & (true > 0), 0.0, share(hits, predicted))


def f1_of(hits: Floats, true: Floats, predicted: Floats) -> Floats:
    """Return the F-score from counts; ``nan`` for a class neither present nor predicted."""
    return share(2.0 * np.asarray(hits, float), np.asarray(true, float) + predicted)


def macro_f1_of(hits: Floats, true: Floats, predicted: Floats) -> Floats:
    """Return the mean F-score over the last axis (classes), over any number of leading axes."""
    return mean_of_defined(f1_of(hits, true, predicted))


def balanced_accuracy_of(hits: Floats, true: Floats) -> Floats:
    """Return the mean recall over the last axis (classes), over any number of leading axes."""
    return mean_of_defined(share(hits, true))


@dataclass(frozen=True)
class PerClass:
    """One number a class; each array is ``(classes,)``.

    Parameters
    ----------
    n_true, n_predicted
        Tracks that are of the class, and that were named so.
    precision
        Of the tracks named so, the share that are; ``nan`` for a class that has no track and is
        never named, 0 for one that has tracks and is never named.
    recall
        Of the tracks that are, the share named so; ``nan`` for a class without tracks.
    f1
        Harmonic mean of the two, ``2 hits / (n_true + n_predicted)``; ``nan`` for a class that
        has no track and is never named.
    """

    n_true: Ints
    n_predicted: Ints
    precision: Floats
    recall: Floats
    f1: Floats


def per_class(y_true: Ints, y_pred: Ints, n_classes: int) -> PerClass:
    """Return precision, recall and F-score of each class."""
    _not_empty(y_true)
    matrix = confusion_matrix(y_true, y_pred, n_classes)
    hits = np.diag(matrix).astype(float)
    true, predicted = matrix.sum(1), matrix.sum(0)
    return PerClass(
        n_true=true,
        n_predicted=predicted,
        precision=precision_of(hits, true.astype(float), predicted.astype(float)),
        recall=share(hits, true.astype(float)),
        f1=f1_of(hits, true.astype(float), predicted.astype(float)),
    )


def balanced_accuracy(y_true: Ints, y_pred: Ints, n_classes: int) -> float:
    """Return the mean recall over the classes that have tracks."""
    return float(mean_of_defined(per_class(y_true, y_pred, n_classes).recall))


def macro_f1(y_true: Ints, y_pred: Ints, n_classes: int) -> float:
    """Return the mean F-score over the classes that have tracks or are predicted."""
    return float(mean_of_defined(per_class(y_true, y_pred, n_classes).f1))


def log_losses(y_true: Ints, probabilities: Floats) -> Floats:
    """Return ``-ln p(true class)`` of each track, in nats: ``(n,)``.

    Probabilities below :data:`SMALLEST_PROBABILITY` count as that, so one track costs at most
    36 nats.
    """
    p = np.asarray(probabilities, float)[np.arange(len(y_true)), y_true]
    losses: Floats = np.abs(np.log(np.clip(p, SMALLEST_PROBABILITY, 1.0)))
    return losses


def log_loss(y_true: Ints, probabilities: Floats) -> float:
    """Return the mean of :func:`log_losses`; ``ln(classes)`` is what even odds give."""
    _not_empty(y_true)
    return float(log_losses(y_true, probabilities).mean())


def brier_scores(y_true: Ints, probabilities: Floats) -> Floats:
    """Return the squared distance of each track's probabilities from the truth: ``(n,)``, 0 to 2.

    Brier (1950), "Verification of forecasts expressed in terms of probability", equation 2.
    """
    p = np.array(probabilities, float)
    p[np.arange(len(y_true)), y_true] -= 1.0
    scores: Floats = (p**2).sum(axis=1)
    return scores


def brier_score(y_true: Ints, probabilities: Floats) -> float:
    """Return the mean of :func:`brier_scores`: 0 is perfect, 2 is certain and always wrong."""
    _not_empty(y_true)
    return float(brier_scores(y_true, probabilities).mean())


@dataclass(frozen=True)
class ReliabilityBin:
    """The tracks whose confidence lies in ``(low, high]``.

    ``confidence`` is their mean highest probability and ``accuracy`` the share of them named
    rightly; both are ``nan`` in an empty bin.
    """

    low: float
    high: float
    count: int
    confidence: float
    accuracy: float


def _edges(confidence: Floats, n_bins: int, equal_mass: bool) -> Floats:
    if not equal_mass:
        return np.linspace(0.0, 1.0, n_bins + 1)
    # Tracks of equal confidence share a bin, whatever order they come in, so there may be fewer
    # bins than asked for.
    ranks = np.ceil(np.arange(1, n_bins) * len(confidence) / n_bins).astype(int) - 1
    ordered = np.sort(confidence)
    inner = ordered[ranks[ranks >= 0]]
    return np.unique(np.concatenate([[0.0], inner[inner < ordered[-1]], [1.0]]))


def reliability(
    y_true: Ints, probabilities: Floats, *, n_bins: int = N_BINS, equal_mass: bool = False
) -> list[ReliabilityBin]:
    """Bin tracks by confidence, the probability of the predicted class.

    Bins are of equal width, or with ``equal_mass`` of (nearly) equal numbers of tracks.
    """
    _not_empty(y_true)
    p = np.asarray(probabilities, float)
    confidence = np.minimum(p.max(axis=1), 1.0)
    hits = (p.argmax(axis=1) == y_true).astype(float)
    edges = _edges(confidence, n_bins, equal_mass)
    bin_of = np.clip(np.searchsorted(edges, confidence, side="left") - 1, 0, len(edges) - 2)
    counts, sums, right = (
        np.bincount(bin_of, weights=w, minlength=len(edges) - 1).astype(float)
        for w in (np.ones_like(hits), confidence, hits)
    )
    return [
        ReliabilityBin(float(low), float(high), int(n), float(c), float(a))
        for low, high, n, c, a in zip(
            edges[:-1], edges[1:], counts, share(sums, counts), share(right, counts), strict=True
        )
    ]


def expected_calibration_error(
    y_true: Ints, probabilities: Floats, *, n_bins: int = N_BINS, equal_mass: bool = False
) -> float:
    """Return the mean gap between confidence and accuracy over bins, weighted by their tracks.

    The sum over bins of ``count / n * |accuracy - confidence|``, where confidence is the
    probability of the predicted class: Naeini, Cooper and Hauskrecht (2015), "Obtaining well
    calibrated probabilities using Bayesian binning", and Guo et al. (2017), "On calibration of
    modern neural networks", equation 3. Equal width is their definition and the figure to quote;
    ``equal_mass`` is that of Nguyen and O'Connor (2015), steadier when most tracks are
    answered with much the same confidence. Either is biased upwards on few tracks.

    Examples
    --------
    >>> import numpy as np
    >>> p = np.array([[0.9, 0.1], [0.9, 0.1]])
    >>> round(expected_calibration_error(np.array([0, 1]), p), 3)
    0.4
    """
    bins = reliability(y_true, probabilities, n_bins=n_bins, equal_mass=equal_mass)
    gaps = [b.count * abs(b.accuracy - b.confidence) for b in bins if b.count]
    return float(sum(gaps) / len(y_true))
