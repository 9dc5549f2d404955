"""Three or more runs on the same folds, ranked: Demšar's critical-difference picture.

J. Demšar, Statistical comparisons of classifiers over multiple data sets, JMLR 7, 2006. There the
runs are ranked on many data sets; here on the folds of one, which share training tracks, so that
the picture is somewhat too sure. Of his two ways (all against all by Nemenyi, or against one
control) it is Nemenyi's: Wilcoxon's signed ranks cannot reach 5 % with five folds, and Holm's
adjustment asks for more. Where Friedman's test sees no difference, nothing is told apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.figure import Figure

from genrelab.evaluation.canvas import BLUE, INK, MUTED, blank, plain
from genrelab.evaluation.fold_tests import cliques, friedman_test, nemenyi_difference
from genrelab.evaluation.parts import parts_tested
from genrelab.evaluation.result import RunResult
from genrelab.evaluation.wording import listing, p_value, plural

_SIGNIFICANT = 0.05
_LEAST_RUNS, _LEAST_FOLDS = 3, 2


@dataclass(frozen=True)
class Ranking:
    """Runs that share all their test parts, best mean rank first.

    Parameters
    ----------
    dataset
        What they were tested on.
    runs, ranks
        Names and mean ranks; 1 is best.
    folds
        Different test parts.
    friedman_p
        Whether the ranks differ at all: Friedman's test in Iman and Davenport's form.
    critical_difference
        How far two mean ranks must lie apart to stand (Nemenyi, 5 %).
    cliques
        The largest groups of runs that cannot be told apart.
    sentence
        All of it in plain words.
    """

    dataset: str
    runs: tuple[str, ...]
    ranks: tuple[float, ...]
    folds: int
    friedman_p: float
    critical_difference: float
    cliques: tuple[tuple[str, ...], ...]
    sentence: str


def rank(runs: Sequence[RunResult]) -> list[Ranking]:
    """Rank every three or more runs that share their folds; others are left out."""
    alike: dict[tuple[str, ...], list[tuple[RunResult, list[float]]]] = {}
    for run in runs:
        parts = parts_tested(run)
        if len(parts) >= _LEAST_FOLDS:
            accuracies = [part.accuracy for part in parts.values()]
            alike.setdefault((run.dataset, *parts), []).append((run, accuracies))
    return [_ranking(group) for group in alike.values() if len(group) >= _LEAST_RUNS]


def _ranking(group: Sequence[tuple[RunResult, list[float]]]) -> Ranking:
    values = np.array([accuracies for _, accuracies in group]).T  # (folds, runs)
    found = friedman_test(values)
    order = np.argsort(found.ranks, kind="stable")
    names = tuple(group[k][0].name for k in order)
    ranks = tuple(found.ranks[k] for k in order)
    n_folds, k = values.shape
    difference = nemenyi_difference(k, n_folds)
    differ = found.p < _SIGNIFICANT
    groups = cliques(ranks, difference) if differ else [tuple(range(k))]
    return Ranking(
        dataset=group[0][0].dataset,
        runs=names,
        ranks=ranks,
        folds=n_folds,
        friedman_p=found.p,
        critical_difference=difference,
        cliques=tuple(tuple(names[i] for i in members) for members in groups),
        sentence=_sentence(names, ranks, n_folds, found.p, difference),
    )


def _sentence(
    names: Sequence[str], ranks: Sequence[float], n_folds: int, p: float, difference: float
) -> str:
    means = listing([f"{name} {value:.2f}" for name, value in zip(names, ranks, strict=True)])
    words = f"Mean ranks over {plural(n_folds, 'fold')} are {means} (Friedman test, {p_value(p)})"
    if p >= _SIGNIFICANT:
        return f"{words}: that may be chance, and no run is told from another by its ranks."
    apart = []
    for i, name in enumerate(names):
        behind = [names[j] for j in range(len(names)) if ranks[j] - ranks[i] >= difference]
        if behind:
            apart.append(f"{name} before {listing(behind)}")
    if not apart:
        return f"{words}, but no two lie {difference:.2f} apart, as Nemenyi's test asks."
    return f"{words}; {difference:.2f} apart, as Nemenyi's test asks, stand {'; '.join(apart)}."


def ranking_figure(ranking: Ranking) -> Figure:
    """Draw the mean ranks on a line, best at the left; bars join runs that are not told apart."""
    k = len(ranking.runs)
    n_left = (k + 1) // 2
    bars = len(ranking.cliques)
    lowest = 0.45 + 0.22 * bars + 0.36 * n_left
    figure = blank(8.2, 1.1 + 0.75 * lowest)
    axes = figure.add_subplot()
    axes.patch.set_alpha(0.0)
    axes.set_axis_off()
    axes.set(xlim=(1 - 0.05 * k, k + 0.05 * k), ylim=(lowest, -1.0))
    axes.plot([1, k], [0, 0], color=INK, linewidth=1.1)
    for tick in range(1, k + 1):
        axes.plot([tick, tick], [-0.09, 0], color=INK, linewidth=1.1)
        axes.text(tick, -0.16, str(tick), ha="center", va="bottom", fontsize=9, color=MUTED)
    reach = min(ranking.critical_difference, k - 1)
    axes.plot([1, 1 + reach], [-0.62, -0.62], color=MUTED, linewidth=1.6, marker="|", markersize=7)
    beyond = " (longer than the line)" if ranking.critical_difference > k - 1 else ""
    axes.text(
        1,
        -0.72,
        f"critical difference {ranking.critical_difference:.2f}{beyond}",
        ha="left",
        va="bottom",
        fontsize=9,
        color=MUTED,
    )
    at = dict(zip(ranking.runs, ranking.ranks, strict=True))
    for number, members in enumerate(ranking.cliques):
        y = 0.24 + 0.22 * number
        ends = [at[members[0]] - 0.012 * k, at[members[-1]] + 0.012 * k]
        axes.plot(ends, [y, y], color=BLUE, linewidth=4.5, solid_capstyle="round")
    for place, (name, value) in enumerate(at.items()):
        left = place < n_left
        level = place if left else k - 1 - place
        y = 0.4 + 0.22 * bars + 0.36 * level
        edge = 1 - 0.03 * k if left else k + 0.03 * k
        axes.plot([value, value, edge], [0, y, y], color=INK, linewidth=0.9)
        axes.text(
            edge + (-0.01 if left else 0.01) * k,
            y,
            plain(f"{name}  {value:.2f}"),
            ha="right" if left else "left",
            va="center",
            fontsize=9.5,
            color=INK,
        )
    return figure
