"""Tests that look at one number a fold: the corrected resampled t-test, Friedman and Nemenyi.

They ask another question than the tests over tracks (:mod:`genrelab.evaluation.statistics`):
whether a difference would be there with other training tracks as well, not with other test tracks
alone. Folds share most of their training tracks, so they are no independent trials; the t-test
here is corrected for that, ranks are not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import fdtrc, stdtr, stdtrit
from scipy.stats import rankdata, studentized_range

from genrelab.evaluation.statistics import LEVEL, Interval

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class CorrectedT:
    """What the corrected resampled t-test found.

    Parameters
    ----------
    difference
        Mean over folds, with the test's own interval.
    test_to_train
        Test tracks over training tracks.
    p
        Two-sided; ``None`` where all folds differ by the same amount, of which no test can tell.
    """

    difference: Interval
    test_to_train: float
    p: float | None


def corrected_t_test(
    differences: Sequence[float], *, test_to_train: float, level: float = LEVEL
) -> CorrectedT:
    """Test whether the mean of one difference a fold is other than zero.

    Parameters
    ----------
    differences
        First minus second run, one a fold; at least two.
    test_to_train
        Number of test tracks of a fold over the number of its training tracks.

    Notes
    -----
    C. Nadeau and Y. Bengio, Inference for the generalization error, Machine Learning 52, 2003,
    section 5.2: with J folds, the variance of the mean is taken to be ``(1/J + n2/n1)`` times that
    of the differences, in place of ``1/J``, and t has J - 1 degrees of freedom. Theirs are
    independent draws; for the folds of a cross-validation it is what is commonly used (R. R.
    Bouckaert and E. Frank, PAKDD 2004).

    Examples
    --------
    >>> found = corrected_t_test([0.02, 0.04, 0.03, 0.05, 0.01], test_to_train=0.25)
    >>> round(found.p, 3)  # t is 2.828; without the correction it would be 4.243
    0.047
    """
    found = np.asarray(differences, float)
    n = len(found)
    if n < 2:
        raise ValueError("the test needs at least two folds.")
    mean, deviation = float(found.mean()), float(found.std(ddof=1))
    if deviation < 1e-12:
        interval = Interval(mean, None, None, level, "fold", n, "none")
        return CorrectedT(interval, test_to_train, 1.0 if abs(mean) < 1e-12 else None)
    error = deviation * np.sqrt(1 / n + test_to_train)
    reach = error * stdtrit(n - 1, (1 + level) / 2)
    low, high = float(mean - reach), float(mean + reach)
    interval = Interval(mean, low, high, level, "fold", n, "corrected t")
    return CorrectedT(interval, test_to_train, float(2 * stdtr(n - 1, -abs(mean) / error)))


@dataclass(frozen=True)
class Friedman:
    """Mean ranks (1 is best, ties share theirs) and whether they differ more than by chance.

    ``chi_square`` is Friedman's statistic, ``f`` Iman and Davenport's, whose ``p`` is given.
    """

    ranks: tuple[float, ...]
    chi_square: float
    f: float
    p: float


def friedman_test(values: Floats) -> Friedman:
    """Rank runs in every fold and test whether their mean ranks are alike.

    Parameters
    ----------
    values
        ``(folds, runs)``; higher is better.

    Notes
    -----
    J. Demšar, Statistical comparisons of classifiers over multiple data sets, JMLR 7, 2006,
    section 3.2.2, which follows R. L. Iman and J. M. Davenport (1980): F with k - 1 and
    (k - 1)(N - 1) degrees of freedom. As there, ties are not corrected for.
    """
    values = np.asarray(values, float)
    n, k = values.shape
    # Equal shares of equal counts may differ in their last bits.
    ranks = rankdata(-np.round(values, 12), axis=1).mean(axis=0)
    chi_square = 12 * n / (k * (k + 1)) * ((ranks**2).sum() - k * (k + 1) ** 2 / 4)
    most = n * (k - 1)
    f = (n - 1) * chi_square / (most - chi_square) if most - chi_square > 1e-9 else np.inf
    p = 0.0 if np.isinf(f) else float(fdtrc(k - 1, (k - 1) * (n - 1), max(0.0, f)))
    return Friedman(tuple(float(r) for r in ranks), float(chi_square), float(f), p)


def nemenyi_difference(runs: int, folds: int, *, level: float = LEVEL) -> float:
    """Return how far two mean ranks must lie apart to stand (Demšar 2006, section 3.2.2).

    Examples
    --------
    >>> round(nemenyi_difference(4, 14), 2)
    1.25
    """
    q = studentized_range.ppf(level, runs, np.inf) / np.sqrt(2)
    return float(q * np.sqrt(runs * (runs + 1) / (6 * folds)))


def cliques(ranks: Sequence[float], difference: float) -> list[tuple[int, ...]]:
    """Return the largest groups of ranks none of which lie ``difference`` or more apart.

    Parameters
    ----------
    ranks
        Mean ranks, ascending.

    Returns
    -------
    list[tuple[int, ...]]
        Positions in ``ranks``; a run that is alike to no other is in no group.

    Examples
    --------
    >>> cliques([1.2, 1.9, 3.0, 3.9], 1.2)
    [(0, 1), (1, 2), (2, 3)]
    """
    found: list[tuple[int, ...]] = []
    for first in range(len(ranks)):
        group = tuple(k for k in range(first, len(ranks)) if ranks[k] - ranks[first] < difference)
        if len(group) > 1 and not (found and set(group) <= set(found[-1])):
            found.append(group)
    return found
