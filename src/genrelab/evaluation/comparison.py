"""Two runs on the same tracks: how far apart they are, and whether that can be chance.

Each track counts once, whatever the folds: as the share of its tests that named it rightly. The
tests look at the tracks both runs tested. They say what other tracks of the same kind would do to
the difference; they do not know how far another training seed would move either run.

Where both runs have the same folds, the corrected resampled t-test over folds stands beside them:
it asks whether the difference would be there with other training tracks as well.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np
import pandas as pd

from genrelab.errors import PredictionsError
from genrelab.evaluation.fold_tests import corrected_t_test
from genrelab.evaluation.parts import PartTested, parts_tested
from genrelab.evaluation.predictions import PREFIX, Predictions
from genrelab.evaluation.result import RunResult, units
from genrelab.evaluation.statistics import (
    N_RESAMPLES,
    Bootstrap,
    Interval,
    holm,
    mcnemar_exact,
    sign_flip_test,
)
from genrelab.evaluation.wording import p_value, percent, plural, signed_points

#: A difference stands if its adjusted p is below this.
SIGNIFICANT = 0.05


@dataclass(frozen=True)
class FoldTest:
    """The corrected resampled t-test of two runs over their common folds.

    Parameters
    ----------
    difference
        Mean over the folds, first minus second, with the test's interval.
    test_to_train
        Test tracks of a fold over training tracks.
    p, adjusted_p
        Two-sided, and after Holm's adjustment for all pairs; ``None`` where all folds differ by
        the same amount, of which the test cannot tell.
    stands
        Whether ``adjusted_p`` is below :data:`SIGNIFICANT`.
    """

    difference: Interval
    test_to_train: float
    p: float | None
    adjusted_p: float | None
    stands: bool


@dataclass(frozen=True)
class Paired:
    """The numbers of two runs on their common test tracks.

    Parameters
    ----------
    first_accuracy, second_accuracy
        Mean over the common tracks.
    difference
        First minus second, with the paired bootstrap's interval over tracks or artists.
    only_first, only_second
        Tracks that one of the two named rightly and the other did not; of a track tested
        several times, the mean of its probabilities decides.
    mcnemar_p
        McNemar's exact test of these two counts, which takes tracks to be independent.
    sign_flip_p
        The paired permutation test over tracks or artists: the one that decides.
    adjusted_p
        The same after Holm's adjustment for all pairs that are compared at once.
    stands
        Whether ``adjusted_p`` is below :data:`SIGNIFICANT`.
    over_folds
        The test over folds; ``None`` where the runs do not share at least two, or the tracks they
        were trained on were not kept.
    """

    first_accuracy: float
    second_accuracy: float
    difference: Interval
    only_first: int
    only_second: int
    mcnemar_p: float
    sign_flip_p: float
    adjusted_p: float
    stands: bool
    over_folds: FoldTest | None


@dataclass(frozen=True)
class Comparison:
    """Two runs by name, the test tracks they share, and what came out.

    ``paired`` is ``None`` where they cannot be paired; ``sentence`` says all of it in plain words.
    """

    first: str
    second: str
    tracks: int
    paired: Paired | None
    sentence: str


def _per_track(test: Predictions) -> pd.DataFrame:
    """One row a track: label, group, share of right answers, right by mean probability."""
    columns = [PREFIX + label for label in test.labels]
    table = test.table[["track_id", "label", "group", *columns]].copy()
    table["right"] = (test.y_true == test.y_pred).astype(float)
    by_track = table.groupby("track_id", sort=True)
    found = by_track[["label", "group"]].first()
    found["right"] = by_track["right"].mean()
    answers = np.asarray(by_track[columns].mean()).argmax(axis=1)
    found["decided_right"] = np.asarray(test.labels, dtype=object)[answers] == found["label"]
    return found


def _pair(
    first: RunResult,
    second: RunResult,
    over_folds: FoldTest | None,
    *,
    n_resamples: int,
    seed: int,
) -> tuple[int, Paired]:
    a, b = _per_track(first.test), _per_track(second.test)
    common = a.index.intersection(b.index).sort_values()
    a, b = a.loc[common], b.loc[common]
    differing = np.asarray(a["label"] != b["label"])
    if differing.any():
        raise PredictionsError(
            f"{first.name} and {second.name} disagree about the true label of "
            f"{str(common[differing][0])!r}; they used different versions of the data set."
        )
    groups = [g or h or "" for g, h in zip(a["group"].fillna(""), b["group"], strict=True)]
    over = units(list(common), groups, grouped=first.grouped or second.grouped)
    differences = np.asarray(a["right"] - b["right"], float)
    bootstrap = Bootstrap(
        np.stack([differences, np.ones(len(common))], axis=1),
        over.of,
        unit=over.name,
        n_resamples=n_resamples,
        seed=seed,
    )
    only_first = int((a["decided_right"] & ~b["decided_right"]).sum())
    only_second = int((b["decided_right"] & ~a["decided_right"]).sum())
    p = sign_flip_test(differences, over.of, n_resamples=n_resamples, seed=seed)
    return len(common), Paired(
        first_accuracy=float(a["right"].mean()),
        second_accuracy=float(b["right"].mean()),
        difference=bootstrap.interval(lambda s: s[..., 0] / s[..., 1]),
        only_first=only_first,
        only_second=only_second,
        mcnemar_p=mcnemar_exact(only_first, only_second),
        sign_flip_p=p,
        adjusted_p=p,
        stands=p < SIGNIFICANT,
        over_folds=over_folds,
    )


def _over_folds(a: Mapping[str, PartTested], b: Mapping[str, PartTested]) -> FoldTest | None:
    trained = [min(a[key].train_tracks, b[key].train_tracks) for key in a if key in b]
    if list(a) != list(b) or len(a) < 2 or 0 in trained:
        return None
    found = corrected_t_test(
        [a[key].accuracy - b[key].accuracy for key in a],
        test_to_train=sum(part.test_tracks for part in a.values()) / sum(trained),
    )
    return FoldTest(found.difference, found.test_to_train, found.p, found.p, False)


def _obstacle(first: RunResult, second: RunResult) -> str:
    """Say why two runs cannot be paired, or nothing."""
    if first.dataset != second.dataset:
        return (
            f"{first.name} and {second.name} were tested on different data sets "
            f"({first.dataset}, {second.dataset}) and cannot be paired."
        )
    if not set(first.test.table["track_id"]) & set(second.test.table["track_id"]):
        return f"{first.name} and {second.name} have no test track in common."
    return ""


def compare(
    runs: Sequence[RunResult], *, n_resamples: int = N_RESAMPLES, seed: int = 0
) -> list[Comparison]:
    """Compare every two runs, in order; p values are adjusted for the number of pairs (Holm).

    Intervals and tests go over artists as soon as one of the two runs is grouped.

    Raises
    ------
    PredictionsError
        If two runs disagree about the true label of a track.
    """
    pairs = list(combinations(runs, 2))
    parts = combinations([parts_tested(run) for run in runs], 2)
    found: list[tuple[int, Paired | None]] = []
    for (a, b), (parts_a, parts_b) in zip(pairs, parts, strict=True):
        if _obstacle(a, b):
            found.append((0, None))
            continue
        test = _over_folds(parts_a, parts_b)
        found.append(_pair(a, b, test, n_resamples=n_resamples, seed=seed))
    adjusted = iter(holm([paired.sign_flip_p for _, paired in found if paired]))
    fold_tests = [paired.over_folds for _, paired in found if paired and paired.over_folds]
    adjusted_over_folds = iter(holm([test.p for test in fold_tests if test.p is not None]))
    n_paired = sum(paired is not None for _, paired in found)
    comparisons = []
    for (a, b), (tracks, paired) in zip(pairs, found, strict=True):
        if paired is None:
            comparisons.append(Comparison(a.name, b.name, 0, None, _obstacle(a, b)))
            continue
        p = next(adjusted)
        test = paired.over_folds
        if test is not None and test.p is not None:
            q = next(adjusted_over_folds)
            test = replace(test, adjusted_p=q, stands=q < SIGNIFICANT)
        paired = replace(paired, adjusted_p=p, stands=p < SIGNIFICANT, over_folds=test)
        words = _sentence(a, b, tracks, paired, n_paired)
        comparisons.append(Comparison(a.name, b.name, tracks, paired, words))
    return comparisons


def _sentence(a: RunResult, b: RunResult, tracks: int, paired: Paired, n_pairs: int) -> str:
    d = paired.difference
    if d.value == 0:
        words = (
            f"{a.name} and {b.name} name equally many of the {plural(tracks, 'common track')} "
            f"rightly ({percent(paired.first_accuracy)} %)."
        )
    else:
        ahead, behind = (a.name, b.name) if d.value > 0 else (b.name, a.name)
        points = f"{100 * abs(d.value):.1f} points"
        if d.low is not None and d.high is not None:
            low, high = (d.low, d.high) if d.value > 0 else (-d.high, -d.low)
            points += (
                f" ({100 * d.level:.0f} % interval {signed_points(low)} to {signed_points(high)}, "
                f"over {plural(d.n_units, d.unit)})"
            )
        claim = "the difference stands" if paired.stands else "that may be chance"
        adjusted = f", adjusted for {n_pairs} pairs" if n_pairs > 1 else ""
        words = (
            f"{ahead} is ahead of {behind} by {points} on {plural(tracks, 'common track')}; "
            f"{claim} ({p_value(paired.adjusted_p)}{adjusted})."
        )
        words += _fold_words(paired)
    if a.protocol != b.protocol:
        words += (
            f" The protocols differ ({a.protocol}, {b.protocol}), so the difference is not the "
            "models' alone."
        )
    return words


def _fold_words(paired: Paired) -> str:
    """Say what the test over folds adds to the verdict over tracks."""
    test = paired.over_folds
    if test is None or test.adjusted_p is None:
        return ""
    folds = plural(test.difference.n_units, "fold")
    p = p_value(test.adjusted_p)
    if paired.stands and test.stands:
        return f" It stands over {folds} as well (corrected t-test, {p})."
    if paired.stands:
        return (
            f" Over {folds} alone it may be chance (corrected t-test, {p}): other training tracks "
            "might turn it."
        )
    if test.stands:
        return f" Over {folds} it would stand (corrected t-test, {p}); the tracks decide."
    return f" So it may over {folds} (corrected t-test, {p})."


def verdict(comparisons: Sequence[Comparison]) -> str:
    """Return one sentence on which of several differences stand; empty for a single pair."""
    pairs = [(c, c.paired) for c in comparisons if c.paired is not None]
    if len(pairs) < 2:
        return ""
    standing = [
        f"{c.first} before {c.second}" if p.difference.value > 0 else f"{c.second} before {c.first}"
        for c, p in pairs
        if p.stands
    ]
    if not standing:
        return f"None of {len(pairs)} differences stands: each may be chance."
    verb = "stands" if len(standing) == 1 else "stand"
    return f"Of {len(pairs)} differences {len(standing)} {verb}: {'; '.join(standing)}."
